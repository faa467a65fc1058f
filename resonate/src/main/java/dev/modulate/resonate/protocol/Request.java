package dev.modulate.resonate.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the protocol. Every operation may be sent again after a lost reply; what the second reply says is in
 * the protocol's table of retries.
 *
 * @param <A> what a success answers
 */
public sealed interface Request<A> {
    /** Name on the wire, such as {@code promise.get}. */
    String kind();

    record PromiseGet(String id) implements Request<Answer.OfPromise> {
        @Override
        public String kind() {
            return "promise.get";
        }
    }

    record PromiseCreate(String id, long timeoutAtMillis, Value param, Map<String, String> tags)
            implements Request<Answer.OfPromise>, FenceAction {
        public PromiseCreate {
            tags = Map.copyOf(tags);
        }

        @Override
        public String kind() {
            return "promise.create";
        }
    }

    /** @param state resolved, rejected or rejected_canceled */
    record PromiseSettle(String id, PromiseState state, Value value) implements Request<Answer.OfPromise>, FenceAction {
        @Override
        public String kind() {
            return "promise.settle";
        }
    }

    record PromiseRegisterListener(String awaited, String address) implements Request<Answer.OfPromise> {
        @Override
        public String kind() {
            return "promise.register_listener";
        }
    }

    /** @param awaiter id of a task, which is resumed when the awaited promise settles */
    record PromiseRegisterCallback(String awaited, String awaiter) implements Request<Answer.OfPromise> {
        @Override
        public String kind() {
            return "promise.register_callback";
        }
    }

    record PromiseSearch(
            @Nullable PromiseState state,
            Map<String, String> tags,
            @Nullable Integer limit,
            @Nullable String cursor) implements Request<Answer.Promises> {
        public PromiseSearch {
            tags = Map.copyOf(tags);
        }

        @Override
        public String kind() {
            return "promise.search";
        }
    }

    record TaskCreate(String pid, long ttlMillis, PromiseCreate action) implements Request<Answer.Grant> {
        @Override
        public String kind() {
            return "task.create";
        }
    }

    record TaskAcquire(String id, long version, String pid, long ttlMillis) implements Request<Answer.Grant> {
        @Override
        public String kind() {
            return "task.acquire";
        }
    }

    record TaskGet(String id) implements Request<Answer.OfTask> {
        @Override
        public String kind() {
            return "task.get";
        }
    }

    record TaskHeartbeat(String pid, List<TaskVersion> tasks) implements Request<Answer.Done> {
        public TaskHeartbeat {
            tasks = List.copyOf(tasks);
        }

        @Override
        public String kind() {
            return "task.heartbeat";
        }
    }

    record TaskRelease(String id, long version) implements Request<Answer.Done> {
        @Override
        public String kind() {
            return "task.release";
        }
    }

    record TaskFulfill(String id, long version, PromiseSettle action) implements Request<Answer.OfPromise> {
        @Override
        public String kind() {
            return "task.fulfill";
        }
    }

    record TaskFence(String id, long version, FenceAction action) implements Request<Answer.Fenced> {
        @Override
        public String kind() {
            return "task.fence";
        }
    }

    /** Status 300 instead of 200 when something awaited is settled: the caller still owns the task. */
    record TaskSuspend(String id, long version, List<PromiseRegisterCallback> actions)
            implements Request<Answer.Preload> {
        public TaskSuspend {
            actions = List.copyOf(actions);
        }

        @Override
        public String kind() {
            return "task.suspend";
        }
    }

    record TaskHalt(String id) implements Request<Answer.Done> {
        @Override
        public String kind() {
            return "task.halt";
        }
    }

    record TaskContinue(String id) implements Request<Answer.Done> {
        @Override
        public String kind() {
            return "task.continue";
        }
    }

    record TaskSearch(
            @Nullable TaskState state,
            @Nullable Integer limit,
            @Nullable String cursor) implements Request<Answer.Tasks> {
        @Override
        public String kind() {
            return "task.search";
        }
    }

    /**
     * @param promiseId template of the promises' ids: see {@link Schedule}
     * @param promiseTags must have a target
     */
    record ScheduleCreate(
            String id,
            String cron,
            String promiseId,
            long promiseTimeoutMillis,
            Value promiseParam,
            Map<String, String> promiseTags)
            implements Request<Answer.OfSchedule> {
        public ScheduleCreate {
            promiseTags = Map.copyOf(promiseTags);
        }

        @Override
        public String kind() {
            return "schedule.create";
        }
    }

    record ScheduleGet(String id) implements Request<Answer.OfSchedule> {
        @Override
        public String kind() {
            return "schedule.get";
        }
    }

    /** What the schedule has created stays. */
    record ScheduleDelete(String id) implements Request<Answer.Done> {
        @Override
        public String kind() {
            return "schedule.delete";
        }
    }

    /** @param tags that the schedule's promises must have */
    record ScheduleSearch(
            Map<String, String> tags,
            @Nullable Integer limit,
            @Nullable String cursor) implements Request<Answer.Schedules> {
        public ScheduleSearch {
            tags = Map.copyOf(tags);
        }

        @Override
        public String kind() {
            return "schedule.search";
        }
    }

    /** What only a server in debug mode does; others answer 403. */
    sealed interface Debug<A> extends Request<A> {}

    record DebugStart() implements Debug<Answer.Done> {
        @Override
        public String kind() {
            return "debug.start";
        }
    }

    record DebugStop() implements Debug<Answer.Done> {
        @Override
        public String kind() {
            return "debug.stop";
        }
    }

    /** Deletes everything. */
    record DebugReset() implements Debug<Answer.Done> {
        @Override
        public String kind() {
            return "debug.reset";
        }
    }

    /** Fires all timers up to a time. */
    record DebugTick(long timeMillis) implements Debug<Answer.Ticked> {
        @Override
        public String kind() {
            return "debug.tick";
        }
    }

    record DebugSnap() implements Debug<Answer.OfSnapshot> {
        @Override
        public String kind() {
            return "debug.snap";
        }
    }

    /** What a fence may carry: a create or a settle of another promise. */
    sealed interface FenceAction permits PromiseCreate, PromiseSettle {
        /** Of the promise. */
        String id();

        String kind();
    }

    record TaskVersion(String id, long version) {}
}
