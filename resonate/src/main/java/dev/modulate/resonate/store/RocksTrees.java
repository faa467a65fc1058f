package dev.modulate.resonate.store;

import dev.modulate.resonate.store.PromiseStore.Sweep;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;

/** Finds trees that nothing has happened to for long. Used while the engine is held open. */
final class RocksTrees {
    private final RocksEngine engine;
    private final long beforeMillis;

    RocksTrees(RocksEngine engine, long beforeMillis) {
        this.engine = engine;
        this.beforeMillis = beforeMillis;
    }

    /** Under the tree, NUL and the id of the child; ids and names of trees hold no NUL. */
    static byte[] childKey(String tree, byte[] id) {
        byte[] prefix = prefix(tree);
        byte[] key = Arrays.copyOf(prefix, prefix.length + id.length);
        System.arraycopy(id, 0, key, prefix.length, id.length);
        return key;
    }

    private static byte[] prefix(String tree) {
        byte[] name = RocksStore.key(tree);
        return Arrays.copyOf(name, name.length + 1);
    }

    Sweep sweep(@Nullable String after, int recordsMax) throws RocksDBException {
        var trees = new ArrayList<Tree>();
        String last = null;
        int read = 0;
        try (var options = new ReadOptions().setFillCache(false);
                var records = engine.database.newIterator(engine.settled, options)) {
            for (RocksScan.start(records, after); read < recordsMax && records.isValid(); records.next()) {
                last = RocksStore.id(records.key());
                read++;
                var tree = settledBefore(records.value(), last) ? led(last) : null;
                if (tree != null) {
                    trees.add(tree);
                }
            }
            records.status();
        }
        return new Sweep(trees, read < recordsMax ? null : last);
    }

    private boolean settledBefore(byte @Nullable [] state, String id) {
        return state != null && RecordCodec.settledAtMillis(id, state) < beforeMillis;
    }

    /** The tree that the promise leads, being its root or, without a root, its first member; null when it must stay. */
    private @Nullable Tree led(String id) throws RocksDBException {
        String name = tree(id);
        if (name == null) {
            return null;
        }
        var members = children(name);
        if (name.equals(tree(name))) {
            if (!id.equals(name)) {
                return null;
            }
            members.addFirst(id);
        } else if (!id.equals(members.getFirst())) {
            return null;
        }
        for (String member : members) {
            if (!settledBefore(engine.database.get(engine.settled, RocksStore.key(member)), member)) {
                return null;
            }
        }
        return new Tree(name, List.copyOf(members));
    }

    private @Nullable String tree(String id) throws RocksDBException {
        byte[] origin = engine.database.get(engine.origins, RocksStore.key(id));
        return origin == null ? null : RecordCodec.origin(id, origin).tree();
    }

    private List<String> children(String tree) throws RocksDBException {
        byte[] prefix = prefix(tree);
        var children = new ArrayList<String>();
        try (var keys = engine.database.newIterator(engine.children)) {
            for (keys.seek(prefix); keys.isValid() && starts(keys.key(), prefix); keys.next()) {
                byte[] key = keys.key();
                children.add(RocksStore.id(Arrays.copyOfRange(key, prefix.length, key.length)));
            }
            keys.status();
        }
        return children;
    }

    private static boolean starts(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
