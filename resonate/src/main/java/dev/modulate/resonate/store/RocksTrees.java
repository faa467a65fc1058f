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
        int members = 0;
        try (var options = new ReadOptions().setFillCache(false);
                var records = engine.database.newIterator(engine.settled, options)) {
            for (RocksScan.start(records, after);
                    more(read, recordsMax, members) && records.isValid();
                    records.next()) {
                last = RocksStore.id(records.key());
                read++;
                var tree = settledBefore(records.value(), last) ? led(last) : null;
                if (tree != null) {
                    trees.add(tree);
                    members += tree.members().size();
                }
            }
            records.status();
        }
        return new Sweep(trees, more(read, recordsMax, members) ? null : last);
    }

    private static boolean more(int read, int recordsMax, int members) {
        return read < recordsMax && members < PromiseStore.MEMBERS_MAX;
    }

    /** Members behind those of a part: where these were is not looked at again, since it is slow to pass by what was removed. */
    static Tree rest(RocksEngine engine, Tree part) throws RocksDBException {
        var members = new ArrayList<String>();
        byte[] prefix = prefix(part.id());
        byte[] last = childKey(part.id(), RocksStore.key(part.members().getLast()));
        try (var options = new ReadOptions().setFillCache(false);
                var keys = engine.database.newIterator(engine.children, options)) {
            keys.seek(last);
            if (keys.isValid() && Arrays.equals(keys.key(), last)) {
                keys.next();
            }
            for (; keys.isValid() && starts(keys.key(), prefix); keys.next()) {
                if (members.size() == PromiseStore.MEMBERS_MAX) {
                    return new Tree(part.id(), List.copyOf(members), true);
                }
                members.add(member(keys.key(), prefix));
            }
            keys.status();
        }
        return new Tree(part.id(), List.copyOf(members));
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
        boolean root = id.equals(name);
        return root || !name.equals(tree(name)) ? led(id, name, root) : null;
    }

    private @Nullable Tree led(String id, String name, boolean root) throws RocksDBException {
        var members = new ArrayList<String>();
        if (root) {
            members.add(id);
        }
        boolean more = false;
        byte[] prefix = prefix(name);
        try (var options = new ReadOptions().setFillCache(false);
                var keys = engine.database.newIterator(engine.children, options)) {
            for (keys.seek(prefix); keys.isValid() && starts(keys.key(), prefix); keys.next()) {
                String member = member(keys.key(), prefix);
                boolean another = members.isEmpty() && !id.equals(member);
                if (another || !settledBefore(engine.database.get(engine.settled, RocksStore.key(member)), member)) {
                    return null;
                }
                if (members.size() < PromiseStore.MEMBERS_MAX) {
                    members.add(member);
                } else {
                    more = true;
                }
            }
            keys.status();
        }
        return members.isEmpty() ? null : new Tree(name, List.copyOf(members), more);
    }

    private static String member(byte[] key, byte[] prefix) {
        return RocksStore.id(Arrays.copyOfRange(key, prefix.length, key.length));
    }

    private @Nullable String tree(String id) throws RocksDBException {
        byte[] origin = engine.database.get(engine.origins, RocksStore.key(id));
        return origin == null ? null : RecordCodec.origin(id, origin).tree();
    }

    private static boolean starts(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }
}
