package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;

/**
 * A batch in the form in which the engine logs it, so that one native call hands all of its writes over. {@link
 * WriteRecords} reads this form and says what it is. Used by one thread.
 */
final class RocksWrites {
    private static final int COUNT_AT = 8;
    private static final byte[] HEADER = new byte[WriteRecords.HEADER_BYTES];
    private static final int KEPT_BYTES_MAX = 1 << 20;

    private static final int ORIGINS = RocksEngine.FAMILIES.indexOf("origin");
    private static final int PENDING = RocksEngine.FAMILIES.indexOf("pending");
    private static final int SETTLED = RocksEngine.FAMILIES.indexOf("settled");
    private static final int CHILDREN = RocksEngine.FAMILIES.indexOf("child");
    private static final int SCHEDULES = RocksEngine.FAMILIES.indexOf("schedule");

    private final RecordWriter out = new RecordWriter();
    private final RecordWriter record = new RecordWriter();
    private int count;

    void begin() {
        out.clear(KEPT_BYTES_MAX);
        out.raw(HEADER, HEADER.length);
        count = 0;
    }

    void add(Change change) {
        switch (change) {
            case PromisePut put -> add(put.entry(), put.kind() == Kind.CREATED);
            case SchedulePut put -> {
                byte[] bytes = ScheduleCodec.bytes(put.schedule());
                record.clear(KEPT_BYTES_MAX);
                record.raw(bytes, bytes.length);
                put(SCHEDULES, RocksStore.key(put.schedule().id()));
            }
            case ScheduleDeleted deleted -> delete(SCHEDULES, RocksStore.key(deleted.id()));
        }
    }

    private void add(Entry entry, boolean created) {
        byte[] key = RocksStore.key(entry.id());
        if (created) {
            record.clear(KEPT_BYTES_MAX);
            RecordCodec.origin(record, entry.origin());
            put(ORIGINS, key);
            String tree = entry.origin().tree();
            if (!entry.id().equals(tree)) {
                record.clear(KEPT_BYTES_MAX);
                put(CHILDREN, RocksTrees.childKey(tree, key));
            }
        } else if (!entry.pending()) {
            delete(PENDING, key);
        }
        record.clear(KEPT_BYTES_MAX);
        RecordCodec.state(record, entry);
        put(entry.pending() ? PENDING : SETTLED, key);
    }

    /** Puts the record. */
    private void put(int family, byte[] key) {
        begin(WriteRecords.PUT, family, key);
        out.sized(record);
    }

    private void delete(int family, byte[] key) {
        begin(WriteRecords.DELETE, family, key);
    }

    private void begin(int tag, int family, byte[] key) {
        out.number(tag);
        out.number(family);
        out.number(key.length);
        out.raw(key, key.length);
        count++;
    }

    byte[] bytes() {
        out.fixed(COUNT_AT, count);
        return out.bytes();
    }
}
