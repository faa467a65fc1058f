package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/** Makes whole records of what was saved: each promise has one origin and one state, or is named as lost. */
final class SalvageCheck {
    /** Above any version that was handed out: whoever held the task before is fenced. */
    private static final long FENCING_VERSION = 1_000_000;

    private final RocksEngine engine;
    private final boolean whole;
    private final Consumer<String> lost;
    private final WriteOptions unsynced = new WriteOptions();
    private long pending;
    private long settled;
    private long schedules;

    /** @param whole whether everything was saved so far */
    SalvageCheck(RocksEngine engine, boolean whole, Consumer<String> lost) {
        this.engine = engine;
        this.whole = whole;
        this.lost = lost;
    }

    String summary() {
        return (pending + settled) + " promises (" + pending + " pending), " + schedules + " schedules";
    }

    private interface Looking {
        void look(byte[] key, byte[] value) throws RocksDBException;
    }

    void run() throws RocksDBException {
        each(engine.settled, (key, value) -> settled(key));
        each(engine.pending, (key, value) -> withOrigin(engine.pending, key));
        each(engine.origins, this::withState);
        each(engine.pending, this::awake);
        // What is pending has a state of its own now, and needs no list.
        engine.database.deleteRange(engine.births, new byte[0], PendingRecords.AFTER_ALL);
        each(engine.schedules, (key, value) -> schedules++);
        engine.database.syncWal();
        unsynced.close();
    }

    private void each(ColumnFamilyHandle family, Looking looking) throws RocksDBException {
        try (RocksIterator records = engine.database.newIterator(family)) {
            for (records.seekToFirst(); records.isValid(); records.next()) {
                looking.look(records.key(), records.value());
            }
            records.status();
        }
    }

    private void settled(byte[] key) throws RocksDBException {
        // An old table may still hold it as it was before.
        engine.database.delete(engine.pending, key);
        if (withOrigin(engine.settled, key)) {
            settled++;
        }
    }

    private boolean withOrigin(ColumnFamilyHandle family, byte[] key) throws RocksDBException {
        if (engine.database.get(engine.origins, key) != null) {
            return true;
        }
        engine.database.delete(family, key);
        lost.accept("promise " + RocksStore.id(key) + ": what it was created with could not be read, so it is gone");
        return false;
    }

    /**
     * A promise whose state was lost is pending again: its caller was told that it exists. One that is as it was created
     * may have had a later state, if anything was lost.
     */
    private void withState(byte[] key, byte[] value) throws RocksDBException {
        if (engine.database.get(engine.settled, key) != null) {
            return;
        }
        pending++;
        if (engine.database.get(engine.pending, key) != null) {
            return;
        }
        String id = RocksStore.id(key);
        var first = RecordCodec.created(id, value);
        if (first != null && whole) {
            put(key, first);
            return;
        }
        var origin = RecordCodec.origin(id, value);
        var task = origin.tags().containsKey(Tags.TARGET) ? unowned(FENCING_VERSION) : null;
        put(key, new Entry(origin, PromiseState.PENDING, Value.EMPTY, null, task, Set.of(), Set.of()));
        lost.accept("promise " + id
                + (first == null
                        ? ": its state could not be read, so it is pending again"
                        : ": it is pending; a later state, if there was one, could not be read"));
    }

    /** A task whose wake-up was lost is offered again. */
    private void awake(byte[] key, byte[] value) throws RocksDBException {
        byte[] originBytes = engine.database.get(engine.origins, key);
        if (originBytes == null) {
            return;
        }
        var entry = RecordCodec.state(RecordCodec.origin(RocksStore.id(key), originBytes), value);
        var task = entry.task();
        if (task == null || task.state() != TaskState.SUSPENDED) {
            return;
        }
        for (String awaited : task.awaited()) {
            var other = pending(awaited);
            if (other != null && other.awaiters().contains(entry.id())) {
                return;
            }
        }
        put(
                key,
                new Entry(
                        entry.origin(),
                        entry.state(),
                        entry.value(),
                        null,
                        unowned(task.version()),
                        entry.awaiters(),
                        entry.listeners()));
        lost.accept("promise " + entry.id() + ": what its task waited for could not be read, so the task runs again");
    }

    private @Nullable Entry pending(String id) throws RocksDBException {
        byte[] key = RocksStore.key(id);
        byte[] origin = engine.database.get(engine.origins, key);
        byte[] state = engine.database.get(engine.pending, key);
        return origin == null || state == null ? null : RecordCodec.state(RecordCodec.origin(id, origin), state);
    }

    private static TaskEntry unowned(long version) {
        return new TaskEntry(TaskState.PENDING, version, 0, null, null, Long.MAX_VALUE, Set.of());
    }

    private void put(byte[] key, Entry entry) throws RocksDBException {
        engine.database.put(engine.pending, unsynced, key, RecordCodec.state(entry));
    }
}
