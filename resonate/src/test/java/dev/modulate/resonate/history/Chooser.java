package dev.modulate.resonate.history;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseRegisterCallback;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Task;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses what one client asks next: every operation, on the few ids of one tree, mostly with a version that somebody was
 * just told.
 */
final class Chooser {
    private static final int IDS = 6;
    private static final long FAR_MILLIS = 1_000_000;
    private static final int NEAR_MILLIS = 40;
    private static final int STEP_MILLIS_MAX = 10;
    private static final int SCHEDULE_MILLIS = 700;
    private static final List<PromiseState> PROMISE_STATES = List.copyOf(EnumSet.allOf(PromiseState.class));
    private static final List<TaskState> TASK_STATES = List.copyOf(EnumSet.allOf(TaskState.class));
    private static final List<PromiseState> SETTLED =
            List.of(PromiseState.RESOLVED, PromiseState.REJECTED, PromiseState.REJECTED_CANCELED);

    private final int client;
    private final String root;
    private final RandomGenerator random;
    private final AtomicLong clock;
    private final RandomLoad.Shape shape;
    private final ConcurrentMap<String, Long> versions;
    private int calls;

    /**
     * @param clock of all clients
     * @param versions last versions of tasks that any client was told
     */
    Chooser(
            int client,
            String root,
            RandomGenerator random,
            AtomicLong clock,
            RandomLoad.Shape shape,
            ConcurrentMap<String, Long> versions) {
        this.client = client;
        this.root = root;
        this.random = random;
        this.clock = clock;
        this.shape = shape;
        this.versions = versions;
    }

    Call next() {
        calls++;
        long now = clock.get();
        int dice = random.nextInt(112);
        if (dice < 4 && !shape.restarts()) {
            // Every now and then far enough for schedules.
            long to = clock.addAndGet(random.nextInt(random.nextInt(4) == 0 ? SCHEDULE_MILLIS : STEP_MILLIS_MAX));
            return new Call(new Request.DebugTick(to), to);
        }
        var request = dice < 40 ? onPromise(Math.max(0, dice - 4)) : dice < 104 ? onTask(dice - 40) : onAll(dice - 104);
        boolean search = request instanceof Request.PromiseSearch || request instanceof Request.TaskSearch;
        if (search && !shape.searches()) {
            return new Call(new Request.PromiseGet(id()), now);
        }
        if (search || !shape.tells()) {
            // A search moves the clock when it is asked, and reads later, perhaps after a reset: it says no time.
            return new Call(request, 0);
        }
        return new Call(request, shape.restarts() ? now : now - random.nextInt(3));
    }

    private Request<?> onAll(int dice) {
        String id = root + "-every-" + random.nextInt(2);
        return switch (dice) {
            case 0, 1 -> schedule(id);
            case 2 -> new Request.ScheduleGet(id);
            case 3 -> new Request.ScheduleDelete(id);
            case 4 -> new Request.ScheduleSearch(Map.of(), limit(), root);
            case 5, 6 -> shape.restarts() ? new Request.PromiseGet(id()) : new Request.DebugSnap();
            default ->
                shape.tells() && random.nextInt(4) == 0 ? new Request.DebugReset() : new Request.PromiseGet(id());
        };
    }

    private Request.ScheduleCreate schedule(String id) {
        return new Request.ScheduleCreate(
                id,
                "* * * * * *",
                "{{.id}}-{{.timestamp}}",
                FAR_MILLIS,
                value(),
                Map.of(Tags.TARGET, "poll://any@workers"));
    }

    private Request<?> onPromise(int dice) {
        if (dice < 11) {
            return create(random.nextInt(3) > 0);
        } else if (dice < 18) {
            return new Request.PromiseGet(id());
        } else if (dice < 22) {
            return settle(id());
        } else if (dice < 26) {
            return new Request.PromiseRegisterListener(id(), "poll://uni@api/" + random.nextInt(2));
        } else if (dice < 31) {
            return new PromiseRegisterCallback(id(), id());
        }
        var state = random.nextBoolean() ? null : oneOf(PROMISE_STATES);
        return new Request.PromiseSearch(state, Map.of(), limit(), root);
    }

    private Request<?> onTask(int dice) {
        if (dice < 9) {
            return new Request.TaskCreate(pid(), ttl(), create(true));
        } else if (dice < 21) {
            String id = id();
            return new Request.TaskAcquire(id, version(id), pid(), ttl());
        } else if (dice < 27) {
            return new Request.TaskGet(id());
        } else if (dice < 31) {
            return heartbeat();
        } else if (dice < 36) {
            String id = id();
            return new Request.TaskRelease(id, version(id));
        } else if (dice < 40) {
            String id = id();
            return new Request.TaskFulfill(id, version(id), settle(id));
        } else if (dice < 47) {
            String id = id();
            return new Request.TaskFence(id, version(id), random.nextInt(3) > 0 ? create(true) : settle(id()));
        } else if (dice < 55) {
            return suspend(id());
        } else if (dice < 57) {
            return new Request.TaskHalt(id());
        } else if (dice < 61) {
            return new Request.TaskContinue(id());
        }
        var state = random.nextBoolean() ? null : oneOf(TASK_STATES);
        return new Request.TaskSearch(state, limit(), root);
    }

    private PromiseCreate create(boolean targeted) {
        String id = id();
        var tags = new HashMap<String, String>();
        tags.put(Tags.ORIGIN, root);
        tags.put(Tags.BRANCH, root);
        tags.put(Tags.SCOPE, "global");
        long now = clock.get();
        long timeoutAt = now + (random.nextInt(5) == 0 ? random.nextInt(NEAR_MILLIS) : FAR_MILLIS);
        if (targeted) {
            tags.put(Tags.TARGET, "poll://any@workers");
        } else if (random.nextBoolean()) {
            tags.put(Tags.TIMER, "true");
        }
        return new PromiseCreate(id, timeoutAt, value(), tags);
    }

    private PromiseSettle settle(String id) {
        return new PromiseSettle(id, oneOf(SETTLED), value());
    }

    private Request.TaskHeartbeat heartbeat() {
        var tasks = new ArrayList<Request.TaskVersion>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            String id = id();
            tasks.add(new Request.TaskVersion(id, version(id)));
        }
        return new Request.TaskHeartbeat(pid(), tasks);
    }

    private Request.TaskSuspend suspend(String id) {
        var actions = new ArrayList<PromiseRegisterCallback>();
        for (int i = 0; i <= random.nextInt(2); i++) {
            actions.add(new PromiseRegisterCallback(id(), id));
        }
        return new Request.TaskSuspend(id, version(id), actions);
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** The root, or one of its children, in the spelling that every dialect takes. */
    private String id() {
        int number = random.nextInt(IDS);
        return number == 0 ? root + "-" : root + "-" + number;
    }

    private long version(String id) {
        return random.nextInt(8) == 0 ? random.nextInt(4) : versions.getOrDefault(id, 1L);
    }

    private String pid() {
        return "p" + (random.nextInt(4) == 0 ? random.nextInt(3) : client);
    }

    private long ttl() {
        return !shape.restarts() && random.nextBoolean() ? 1 + random.nextInt(NEAR_MILLIS) : FAR_MILLIS;
    }

    private @Nullable Integer limit() {
        return random.nextInt(3) == 0 ? 1 + random.nextInt(3) : null;
    }

    /** No two values are equal, so that an update that got lost is missed. */
    private Value value() {
        return new Value(random.nextBoolean() ? Map.of() : Map.of("h", "1"), "c" + client + "-" + calls);
    }

    /** Remembers the version of a task that an answer shows. */
    void learn(Outcome outcome) {
        if (outcome instanceof Outcome.Answered answered && answered.reply() instanceof Reply.Ok<?> ok) {
            switch (ok.answer()) {
                case Answer.Grant grant -> learn(List.of(grant.task()));
                case Answer.OfTask of -> learn(List.of(of.task()));
                case Answer.Tasks tasks -> learn(tasks.tasks());
                default -> {}
            }
        }
    }

    private void learn(List<Task> tasks) {
        tasks.forEach(task -> versions.merge(task.id(), task.version(), Math::max));
    }
}
