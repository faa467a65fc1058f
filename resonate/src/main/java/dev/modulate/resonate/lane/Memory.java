package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import dev.modulate.resonate.machine.View;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.store.PromiseStore;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * What the machine sees: what is in memory, else what is in the store. In memory are all pending promises, those that
 * are settled but not yet known to be durable, and all schedules, each with its alarm. Guarded by the lane's lock.
 */
final class Memory implements View {
    private final PromiseStore store;
    private final Map<String, Live> live = new HashMap<>();
    private final Alarms alarms = new Alarms();
    private final Timetable timetable = new Timetable();
    private final Map<String, Foreseen> foreseen = new HashMap<>();
    private long epoch;
    private long committed;
    private final Branches branches;
    private long timetableBatch;
    private long emptyingBatch;
    private long seen;

    /**
     * A promise in memory.
     *
     * @param batch the batch of its last durable change
     */
    private record Live(Entry entry, long batch, Alarms.@Nullable Alarm alarm) {}

    /** What operations that wait will look for. */
    private static final class Foreseen {
        int readers;
        boolean known;

        @Nullable
        Entry entry;
    }

    /** @param preloadMax promises that are shown of one branch */
    Memory(PromiseStore store, int preloadMax) {
        this.store = store;
        // One of them may be the one that asks.
        this.branches = new Branches(preloadMax + 1);
    }

    /** Reads what is pending, and all schedules. Every lease starts again in full. */
    void recover(java.util.function.UnaryOperator<Entry> restarted, long batch) {
        clear();
        emptyingBatch = 0;
        store.recover(entry -> {
            remember(restarted.apply(entry), batch);
            branches.recovered(entry);
        });
        store.schedules().forEach(timetable::put);
    }

    /** Everything is gone, for readers now and in the store with a batch. */
    void empty(long batch) {
        clear();
        emptyingBatch = batch;
        timetableBatch = batch;
    }

    private void clear() {
        live.clear();
        alarms.clear();
        timetable.clear();
        foreseen.values().forEach(one -> one.known = false);
        epoch++;
        branches.clear();
    }

    /** An operation begins to look. */
    void look() {
        seen = 0;
    }

    /** The youngest batch that changed something which was seen since {@link #look}. */
    long seen() {
        return seen;
    }

    @Override
    public @Nullable Entry find(String id) {
        var found = live.get(id);
        if (found != null) {
            seen = Math.max(seen, found.batch());
            return found.entry();
        }
        if (emptyingBatch > 0) {
            seen = Math.max(seen, emptyingBatch);
            return null;
        }
        var read = foreseen.get(id);
        return read != null && read.known ? read.entry : store.find(id);
    }

    /** Grows when what was read from the store before is void. */
    long epoch() {
        return epoch;
    }

    /**
     * Says which of the ids must be read from the store. What changes from now on stays in memory until they are
     * {@link #release}d, once for each time.
     */
    List<String> foresee(List<String> ids) {
        var unknown = ids.stream()
                .filter(id -> !live.containsKey(id) && store.mayHave(id))
                .toList();
        unknown.forEach(id -> foreseen.computeIfAbsent(id, name -> new Foreseen()).readers++);
        return unknown;
    }

    /** @param found what the store has of the ids, read since that epoch began */
    void learn(long epoch, Collection<String> ids, Map<String, Entry> found) {
        for (String id : ids) {
            var one = foreseen.get(id);
            if (one != null && epoch == this.epoch) {
                one.known = true;
                one.entry = found.get(id);
            }
        }
    }

    void release(String id) {
        var one = foreseen.get(id);
        if (one != null && --one.readers == 0) {
            foreseen.remove(id);
            committed(id, committed);
        }
    }

    @Override
    public NavigableMap<String, Schedule> schedules() {
        seen = Math.max(seen, timetableBatch);
        return timetable.all();
    }

    @Override
    public List<String> branch(String branch) {
        var ids = branches.of(branch, store);
        return store.remote() ? ids.stream().filter(live::containsKey).toList() : ids;
    }

    /** True until what is in the store is void. */
    boolean emptying() {
        return emptyingBatch > 0;
    }

    int promises() {
        return live.size();
    }

    /** Everything that is in memory, in no order. */
    Collection<Entry> entries() {
        return live.values().stream().map(Live::entry).toList();
    }

    /** Takes over what an operation changed. */
    void take(Change change, long batch) {
        switch (change) {
            case PromisePut put -> {
                var before = live.get(put.entry().id());
                remember(put.entry(), put.durable() || before == null ? batch : before.batch());
                if (put.kind() == Kind.CREATED) {
                    join(put.entry());
                } else if (!put.entry().pending()) {
                    branches.settled(put.entry().id());
                }
            }
            case SchedulePut put -> {
                timetable.put(put.schedule());
                timetableBatch = batch;
            }
            case ScheduleDeleted deleted -> {
                timetable.remove(deleted.id());
                timetableBatch = batch;
            }
        }
    }

    private void join(Entry entry) {
        String branch = entry.origin().tags().get(Tags.BRANCH);
        if (branch != null && !branch.equals(entry.id())) {
            var owner = live.get(branch);
            if (owner != null && owner.entry().pending()) {
                branches.join(branch, entry.id());
            }
        }
    }

    private void remember(Entry entry, long batch) {
        var before = live.get(entry.id());
        var set = alarms.set(before == null ? null : before.alarm(), entry.id(), entry.timerAtMillis());
        live.put(entry.id(), new Live(entry, batch, set));
    }

    /** Drops what the store has from now on. */
    void committed(Batch batch) {
        committed = Math.max(committed, batch.number);
        if (batch.emptiesStore) {
            emptyingBatch = emptyingBatch <= batch.number ? 0 : emptyingBatch;
        }
        for (var change : batch.changes) {
            if (change instanceof PromisePut put) {
                committed(put.entry().id(), batch.number);
            }
        }
    }

    private void committed(String id, long batch) {
        var latest = live.get(id);
        if (latest == null || latest.batch() > batch) {
            return;
        }
        if (latest.entry().pending()) {
            var slim = store.slim(latest.entry());
            if (!slim.equals(latest.entry())) {
                live.put(id, new Live(slim, latest.batch(), latest.alarm()));
            }
        } else if (!foreseen.containsKey(id)) {
            live.remove(id);
        }
    }

    /** When the next alarm rings. */
    long nextMillis() {
        return Math.min(alarms.nextMillis(), timetable.nextMillis());
    }

    /** Takes the next promise that wants to be looked at; {@link #rearm} it afterwards. */
    @Nullable
    String duePromise(long nowMillis) {
        while (true) {
            var due = alarms.due(nowMillis);
            if (due == null) {
                return null;
            }
            var found = live.get(due.id());
            if (found != null) {
                live.put(due.id(), new Live(found.entry(), found.batch(), null));
                return due.id();
            }
        }
    }

    /** An alarm that rang too early is set again, to that time at the earliest. */
    void rearm(String id, long earliestMillis) {
        var after = live.get(id);
        if (after != null && after.alarm() == null) {
            var set = alarms.set(null, id, Math.max(after.entry().timerAtMillis(), earliestMillis));
            live.put(id, new Live(after.entry(), after.batch(), set));
        }
    }

    /** Takes the next schedules that are due; {@link #rearmSchedule} each afterwards. */
    List<String> dueSchedules(long nowMillis, int schedulesMax) {
        return timetable.due(nowMillis, schedulesMax);
    }

    void rearmSchedule(String id, long earliestMillis) {
        timetable.rearm(id, earliestMillis);
    }
}
