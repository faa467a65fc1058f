package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseRegisterCallback;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Request.TaskVersion;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Requests as a few busy programs would send them, and some that they should not. Few ids, so that they meet; most of
 * the time what suits the state of a task, so that something happens.
 */
public final class RandomRequests {
    private static final List<String> STEPS = List.of("", ":1", ":2", ":1.1", ":1.2");
    private static final List<String> ADDRESSES =
            List.of("poll://any@w", "poll://any@w/1", "poll://uni@v/2", "http://127.0.0.1:9/push");
    private static final List<String> CRONS = List.of("* * * * *", "*/2 * * * *", "0 * * * * *", "*/40 * * * * *");
    private static final List<PromiseState> SETTLED =
            List.of(PromiseState.RESOLVED, PromiseState.REJECTED, PromiseState.REJECTED_CANCELED);
    private static final long SECOND = 1_000;

    private final RandomGenerator random;
    private final int roots;
    private final double odd;
    private final Map<String, Entry> entries;

    /**
     * @param roots trees of ids; each has five
     * @param odd share of requests that break a rule
     * @param entries what is stored, kept up to date by the caller
     */
    public RandomRequests(RandomGenerator random, int roots, double odd, Map<String, Entry> entries) {
        this.random = random;
        this.roots = roots;
        this.odd = odd;
        this.entries = entries;
    }

    public Request<?> next(long now) {
        return switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4 -> create(now, id());
            case 5, 6 -> new PromiseSettle(id(), state(), value());
            case 7, 8 -> new Request.PromiseGet(id());
            case 9, 10 -> new Request.PromiseRegisterListener(id(), address());
            case 11, 12 -> callback(id());
            case 13, 14, 15, 16 -> new Request.TaskCreate(pid(), ttl(), targeted(now, id()));
            case 17, 18, 19, 20, 21 -> acquire(in(TaskState.PENDING));
            case 22, 23 -> new Request.TaskGet(id());
            case 24 -> heartbeat();
            case 25 -> release(in(TaskState.ACQUIRED));
            case 26, 27, 28 -> fulfill(in(TaskState.ACQUIRED));
            case 29, 30, 31 -> fence(now, in(TaskState.ACQUIRED));
            case 32, 33, 34, 35 -> suspend(in(TaskState.ACQUIRED));
            case 36 -> new Request.TaskHalt(in(any(List.of(TaskState.ACQUIRED, TaskState.SUSPENDED))));
            case 37 -> new Request.TaskContinue(in(TaskState.HALTED));
            case 38 -> scheduled();
            default -> search();
        };
    }

    private boolean chance(double share) {
        return random.nextDouble() < share;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private String id() {
        return "r" + random.nextInt(roots) + any(STEPS);
    }

    /** Mostly one with a task in that state. */
    private String in(TaskState state) {
        if (chance(0.1)) {
            return id();
        }
        var fitting = entries.values().stream()
                .filter(entry -> entry.task() != null && entry.task().state() == state)
                .map(Entry::id)
                .sorted()
                .toList();
        return fitting.isEmpty() ? id() : any(fitting);
    }

    /** Mostly another of the same tree. */
    private String sibling(String id) {
        return chance(0.15) ? id() : id.split(":", -1)[0] + any(STEPS);
    }

    private long version(String id) {
        var entry = entries.get(id);
        return entry == null || entry.task() == null || chance(0.1)
                ? random.nextInt(4)
                : entry.task().version();
    }

    private String pid() {
        return chance(odd) ? "" : "p" + random.nextInt(2);
    }

    /** Mostly the owner's. */
    private String pid(String id) {
        var entry = entries.get(id);
        String owner =
                entry == null || entry.task() == null ? null : entry.task().pid();
        return owner == null || chance(0.2) ? pid() : owner;
    }

    private long ttl() {
        return chance(odd) ? 0 : SECOND * (5 + random.nextInt(60));
    }

    private String address() {
        return chance(odd) ? "nowhere" : any(ADDRESSES);
    }

    private PromiseState state() {
        return chance(odd) ? any(List.of(PromiseState.PENDING, PromiseState.REJECTED_TIMEDOUT)) : any(SETTLED);
    }

    private Value value() {
        return chance(0.3) ? new Value(Map.of("h", "1"), null) : new Value(Map.of(), "v" + random.nextInt(100));
    }

    private PromiseCreate create(long now, String id) {
        var tags = tags(id);
        if (chance(0.1)) {
            tags.put(Tags.TIMER, "true");
        } else if (chance(0.6)) {
            target(now, tags);
        }
        return new PromiseCreate(id, timeoutAt(now), value(), tags);
    }

    private PromiseCreate targeted(long now, String id) {
        var tags = tags(id);
        if (!chance(odd)) {
            tags.put(Tags.TARGET, address());
        }
        if (chance(odd)) {
            tags.put(Tags.DELAY, Long.toString(now));
        }
        return new PromiseCreate(id, timeoutAt(now), value(), tags);
    }

    private void target(long now, Map<String, String> tags) {
        tags.put(Tags.TARGET, address());
        if (chance(0.1)) {
            tags.put(Tags.DELAY, Long.toString(now + random.nextInt(3_000)));
        }
    }

    private Map<String, String> tags(String id) {
        var tags = new HashMap<String, String>();
        String root = id.split(":", -1)[0];
        int step = id.lastIndexOf(id.indexOf('.') < 0 ? ':' : '.');
        tags.put(Tags.ORIGIN, root);
        tags.put(Tags.PARENT, step < 0 ? id : id.substring(0, step));
        tags.put(Tags.BRANCH, chance(0.5) || step < 0 ? id : id.substring(0, step));
        if (chance(0.3)) {
            tags.put(Tags.SCOPE, "global");
        } else if (chance(0.2)) {
            tags.put(Tags.EXTERNAL, "true");
        }
        return tags;
    }

    private long timeoutAt(long now) {
        return chance(0.05) ? now - random.nextInt(5_000) : now + SECOND * (5 + random.nextInt(180));
    }

    private PromiseRegisterCallback callback(String awaiter) {
        return new PromiseRegisterCallback(sibling(awaiter), awaiter);
    }

    private Request.TaskAcquire acquire(String id) {
        return new Request.TaskAcquire(id, version(id), pid(), ttl());
    }

    private Request.TaskRelease release(String id) {
        return new Request.TaskRelease(id, version(id));
    }

    private Request.TaskHeartbeat heartbeat() {
        var tasks = new ArrayList<TaskVersion>();
        String first = in(TaskState.ACQUIRED);
        for (String id = first; chance(0.8); id = sibling(first)) {
            tasks.add(new TaskVersion(id, version(id)));
        }
        return new Request.TaskHeartbeat(pid(first), tasks);
    }

    private Request.TaskFulfill fulfill(String id) {
        String other = chance(odd) ? id() : id;
        return new Request.TaskFulfill(id, version(id), new PromiseSettle(other, state(), value()));
    }

    private Request.TaskFence fence(long now, String id) {
        String other = sibling(id);
        if (other.equals(id) && !chance(odd + 0.02)) {
            other = id + (id.indexOf(':') < 0 ? ":2" : ".2");
        }
        return new Request.TaskFence(
                id, version(id), chance(0.6) ? create(now, other) : new PromiseSettle(other, state(), value()));
    }

    private Request.TaskSuspend suspend(String id) {
        var actions = new ArrayList<PromiseRegisterCallback>();
        do {
            String awaited = chance(0.8) ? pending(id) : sibling(id);
            if (!awaited.equals(id) || chance(odd)) {
                actions.add(new PromiseRegisterCallback(awaited, chance(odd) ? id() : id));
            }
        } while (chance(0.4));
        if (actions.isEmpty() && !chance(odd)) {
            actions.add(new PromiseRegisterCallback(id + "x", id));
        }
        return new Request.TaskSuspend(id, version(id), actions);
    }

    /** Mostly one that can be waited for. */
    private String pending(String id) {
        var fitting = entries.values().stream()
                .filter(entry -> entry.pending() && !entry.id().equals(id))
                .map(Entry::id)
                .filter(other -> other.split(":", -1)[0].equals(id.split(":", -1)[0]))
                .sorted()
                .toList();
        return fitting.isEmpty() ? sibling(id) : any(fitting);
    }

    private Request<?> scheduled() {
        String id = "s" + random.nextInt(2);
        return switch (random.nextInt(4)) {
            case 0 -> new Request.ScheduleGet(id);
            case 1 -> chance(0.5) ? new Request.ScheduleDelete(id) : new Request.ScheduleGet(id);
            default ->
                new Request.ScheduleCreate(
                        id,
                        chance(0.05) ? "nonsense" : any(CRONS),
                        chance(0.2) ? "r0" : "{{.id}}-{{.timestamp}}",
                        SECOND * (20 + random.nextInt(100)),
                        value(),
                        chance(odd) ? Map.of() : Map.of(Tags.TARGET, any(ADDRESSES)));
        };
    }

    private @Nullable Integer limit() {
        return chance(0.5) ? null : Integer.valueOf(1 + random.nextInt(5));
    }

    private Request<?> search() {
        return new Request.ScheduleSearch(Map.of(), limit(), chance(0.5) ? null : "s0");
    }
}
