package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A batch in the form in which the engine logs it, so that one native call hands all of its writes over. {@link
 * WriteRecords} reads this form and says what it is. Used by one thread.
 */
final class RocksWrites implements Births.Lists {
    private static final int COUNT_AT = 8;
    private static final byte[] HEADER = new byte[WriteRecords.HEADER_BYTES];
    private static final int KEPT_BYTES_MAX = 1 << 20;

    private static final int ORIGINS = RocksEngine.FAMILIES.indexOf("origin");
    private static final int PENDING = RocksEngine.FAMILIES.indexOf("pending");
    private static final int SETTLED = RocksEngine.FAMILIES.indexOf("settled");
    private static final int CHILDREN = RocksEngine.FAMILIES.indexOf("child");
    private static final int SCHEDULES = RocksEngine.FAMILIES.indexOf("schedule");
    private static final int BIRTHS = RocksEngine.FAMILIES.indexOf("born");

    private final RecordWriter out = new RecordWriter();
    private final RecordWriter record = new RecordWriter();
    private final Births births = new Births();

    /** Pending promises that are no longer as they were created. */
    private final Set<String> moved = new HashSet<>();

    private int count;

    /** Takes over what is pending. */
    void recovered(PendingRecords pending, Set<String> ids) {
        births.clear();
        pending.lists().forEach((number, named) -> births.recovered(number, named, ids::contains));
        moved.clear();
        moved.addAll(pending.moved());
    }

    /** The store is emptied. */
    void clear() {
        births.clear();
        moved.clear();
    }

    /** A commit begins: {@link #add} its changes, then take its {@link #bytes}. */
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
            create(entry, key);
        }
        if (!entry.pending()) {
            settle(entry, key, created);
        } else if (!created) {
            state(PENDING, key, entry);
            moved.add(entry.id());
        }
    }

    private void create(Entry entry, byte[] key) {
        record.clear(KEPT_BYTES_MAX);
        if (entry.pending()) {
            RecordCodec.created(record, entry);
            births.created(entry.id());
        } else {
            RecordCodec.origin(record, entry.origin());
        }
        put(ORIGINS, key);
        String tree = entry.origin().tree();
        if (!entry.id().equals(tree)) {
            record.clear(KEPT_BYTES_MAX);
            put(CHILDREN, RocksTrees.childKey(tree, key));
        }
    }

    private void settle(Entry entry, byte[] key, boolean created) {
        if (!created) {
            births.settled(entry.id());
            if (moved.remove(entry.id())) {
                delete(PENDING, key);
            }
        }
        state(SETTLED, key, entry);
    }

    private void state(int family, byte[] key, Entry entry) {
        record.clear(KEPT_BYTES_MAX);
        RecordCodec.state(record, entry);
        put(family, key);
    }

    @Override
    public void put(long number, List<String> ids) {
        record.clear(KEPT_BYTES_MAX);
        RecordCodec.ids(record, ids);
        put(BIRTHS, PendingRecords.key(number));
    }

    @Override
    public void delete(long number) {
        delete(BIRTHS, PendingRecords.key(number));
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

    /** The commit, which ends. */
    byte[] bytes() {
        births.commit(this);
        out.fixed(COUNT_AT, count);
        return out.bytes();
    }
}
