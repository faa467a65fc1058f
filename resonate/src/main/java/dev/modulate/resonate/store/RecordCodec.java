package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.TaskEntry;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Entries as bytes: the part that never changes and the part that does, each a format byte and its fields in order.
 * Enums are written by their number here, not by {@code ordinal()}, so that code may be reordered.
 */
public final class RecordCodec {
    private static final int FORMAT = 1;

    /** An origin with the state that the promise was created in behind it. */
    private static final int FORMAT_CREATED = 2;

    private RecordCodec() {}

    public static byte[] origin(Entry.Origin origin) {
        var out = new RecordWriter();
        origin(out, origin);
        return out.bytes();
    }

    static void origin(RecordWriter out, Entry.Origin origin) {
        out.number(FORMAT);
        fixed(out, origin);
    }

    /** An origin with the state that the promise is created in, which holds until another is written. */
    static void created(RecordWriter out, Entry entry) {
        out.number(FORMAT_CREATED);
        fixed(out, entry.origin());
        state(out, entry);
    }

    private static void fixed(RecordWriter out, Entry.Origin origin) {
        value(out, origin.param());
        map(out, origin.tags());
        out.number(origin.timeoutAtMillis());
        out.number(origin.createdAtMillis());
    }

    public static Entry.Origin origin(String id, byte[] bytes) {
        var in = new RecordReader(id, bytes);
        in.format(FORMAT, FORMAT_CREATED);
        return origin(id, in);
    }

    private static Entry.Origin origin(String id, RecordReader in) {
        return new Entry.Origin(id, value(in), map(in), in.number(), in.number());
    }

    /** The promise as it was created; null when the origin came without a state. */
    static @Nullable Entry created(String id, byte[] bytes) {
        var in = new RecordReader(id, bytes);
        return in.format(FORMAT, FORMAT_CREATED) == FORMAT ? null : state(origin(id, in), in);
    }

    /** The ids of a list. */
    static List<String> ids(String list, byte[] bytes) {
        var in = new RecordReader(list, bytes);
        in.format(FORMAT);
        return texts(in, new ArrayList<>());
    }

    static void ids(RecordWriter out, List<String> ids) {
        out.number(FORMAT);
        texts(out, ids);
    }

    public static byte[] state(Entry entry) {
        var out = new RecordWriter();
        state(out, entry);
        return out.bytes();
    }

    static void state(RecordWriter out, Entry entry) {
        out.number(FORMAT);
        out.number(number(entry.state()));
        value(out, entry.value());
        out.number(entry.settledAtMillis() == null ? 0 : entry.settledAtMillis() + 1);
        task(out, entry.task());
        texts(out, entry.awaiters());
        texts(out, entry.listeners());
    }

    public static Entry state(Entry.Origin origin, byte[] bytes) {
        return state(origin, new RecordReader(origin.id(), bytes));
    }

    private static Entry state(Entry.Origin origin, RecordReader in) {
        in.format(FORMAT);
        var state = promiseState(in, (int) in.number());
        var value = value(in);
        long settledAt = in.number();
        var task = task(in);
        return new Entry(origin, state, value, settledAt == 0 ? null : settledAt - 1, task, set(in), set(in));
    }

    /** When a stored promise was settled; {@link Long#MAX_VALUE} while it is pending. */
    static long settledAtMillis(String id, byte[] state) {
        var in = new RecordReader(id, state);
        in.format(FORMAT);
        in.number();
        value(in);
        long settledAt = in.number();
        return settledAt == 0 ? Long.MAX_VALUE : settledAt - 1;
    }

    private static void task(RecordWriter out, @Nullable TaskEntry task) {
        if (task == null) {
            out.number(0);
            return;
        }
        out.number(number(task.state()));
        out.number(task.version());
        out.number(task.resumes());
        out.number(task.ttlMillis() == null ? 0 : task.ttlMillis());
        out.text(task.pid());
        texts(out, task.awaited());
    }

    private static @Nullable TaskEntry task(RecordReader in) {
        int state = (int) in.number();
        if (state == 0) {
            return null;
        }
        long version = in.number();
        int resumes = (int) in.number();
        long ttl = in.number();
        return new TaskEntry(
                taskState(in, state), version, resumes, ttl == 0 ? null : ttl, in.text(), Long.MAX_VALUE, set(in));
    }

    static void value(RecordWriter out, Value value) {
        map(out, value.headers());
        out.text(value.data());
    }

    static Value value(RecordReader in) {
        var headers = map(in);
        String data = in.text();
        return headers.isEmpty() && data == null ? Value.EMPTY : new Value(headers, data);
    }

    static void map(RecordWriter out, Map<String, String> map) {
        out.number(map.size());
        map.forEach((key, value) -> {
            out.text(key);
            out.text(value);
        });
    }

    static Map<String, String> map(RecordReader in) {
        int size = in.count();
        var map = new HashMap<String, String>();
        for (int i = 0; i < size; i++) {
            map.put(in.present(), in.present());
        }
        return map;
    }

    private static void texts(RecordWriter out, Collection<String> texts) {
        out.number(texts.size());
        texts.forEach(out::text);
    }

    private static Set<String> set(RecordReader in) {
        return texts(in, new HashSet<>());
    }

    private static <C extends Collection<String>> C texts(RecordReader in, C into) {
        int size = in.count();
        for (int i = 0; i < size; i++) {
            into.add(in.present());
        }
        return into;
    }

    private static int number(PromiseState state) {
        return switch (state) {
            case PENDING -> 1;
            case RESOLVED -> 2;
            case REJECTED -> 3;
            case REJECTED_CANCELED -> 4;
            case REJECTED_TIMEDOUT -> 5;
        };
    }

    private static PromiseState promiseState(RecordReader in, int number) {
        return switch (number) {
            case 1 -> PromiseState.PENDING;
            case 2 -> PromiseState.RESOLVED;
            case 3 -> PromiseState.REJECTED;
            case 4 -> PromiseState.REJECTED_CANCELED;
            case 5 -> PromiseState.REJECTED_TIMEDOUT;
            default -> throw in.broken("promise state " + number);
        };
    }

    private static int number(TaskState state) {
        return switch (state) {
            case PENDING -> 1;
            case ACQUIRED -> 2;
            case SUSPENDED -> 3;
            case HALTED -> 4;
            case FULFILLED -> 5;
        };
    }

    private static TaskState taskState(RecordReader in, int number) {
        return switch (number) {
            case 1 -> TaskState.PENDING;
            case 2 -> TaskState.ACQUIRED;
            case 3 -> TaskState.SUSPENDED;
            case 4 -> TaskState.HALTED;
            case 5 -> TaskState.FULFILLED;
            default -> throw in.broken("task state " + number);
        };
    }
}
