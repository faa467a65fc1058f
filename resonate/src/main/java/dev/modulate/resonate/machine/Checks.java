package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Request.TaskSuspend;
import dev.modulate.resonate.protocol.Tags;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is wrong with a request whatever is stored: null, or words for the caller. */
final class Checks {
    /** Longest id that every known store keeps. */
    static final int ID_CHARS_MAX = 1024;

    static final int TAGS_MAX = 64;
    /** Tags that a schedule adds to what it creates. */
    static final int SCHEDULE_TAGS = 5;

    static final int TAG_CHARS_MAX = 4096;
    static final int ADDRESS_CHARS_MAX = 4096;
    static final int CRON_CHARS_MAX = 1024;
    static final int SUSPEND_ACTIONS_MAX = 1000;
    static final int HEARTBEAT_TASKS_MAX = 10_000;

    private Checks() {}

    static @Nullable String of(Rules rules, Request<?> request) {
        String mistake = shape(rules, request);
        return mistake == null && rules.strict() ? StrictChecks.of(request) : mistake;
    }

    private static @Nullable String shape(Rules rules, Request<?> request) {
        return switch (request) {
            case Request.PromiseGet get -> id("id", get.id());
            case PromiseCreate create -> create(create);
            case PromiseSettle settle -> settle(settle);
            case Request.PromiseRegisterListener listener ->
                first(
                        id("awaited", listener.awaited()),
                        address(listener.address()),
                        Texts.of("address", listener.address()),
                        Addresses.valid(listener.address()) ? null : "Invalid listener address");
            case Request.PromiseRegisterCallback callback ->
                first(
                        id("awaited", callback.awaited()),
                        id("awaiter", callback.awaiter()),
                        callback.awaited().equals(callback.awaiter()) ? "awaited and awaiter are the same" : null);
            case Request.PromiseSearch search -> page(search.limit(), search.cursor());
            case Request.TaskSearch search -> page(search.limit(), search.cursor());
            case Request.TaskCreate create -> taskCreate(rules, create);
            case Request.TaskAcquire acquire ->
                first(
                        id("id", acquire.id()),
                        version(acquire.version()),
                        pid(acquire.pid()),
                        ttl(rules, acquire.ttlMillis()));
            case Request.TaskGet get -> id("id", get.id());
            case Request.TaskHeartbeat heartbeat -> heartbeat(heartbeat);
            case Request.TaskRelease release -> first(id("id", release.id()), version(release.version()));
            case Request.TaskFulfill fulfill ->
                first(
                        id("id", fulfill.id()),
                        version(fulfill.version()),
                        settle(fulfill.action()),
                        fulfill.action().id().equals(fulfill.id()) ? null : "action.data.id must equal the task id");
            case Request.TaskFence fence -> fence(fence);
            case TaskSuspend suspend -> suspend(rules, suspend);
            case Request.TaskHalt halt -> id("id", halt.id());
            case Request.TaskContinue resume -> id("id", resume.id());
            case Request.ScheduleCreate create -> schedule(rules, create);
            case Request.ScheduleGet get -> id("id", get.id());
            case Request.ScheduleDelete delete -> id("id", delete.id());
            case Request.ScheduleSearch search -> page(search.limit(), search.cursor());
            case Request.Debug<?> debug -> null;
        };
    }

    private static @Nullable String create(PromiseCreate create) {
        return first(
                id("id", create.id()),
                create.timeoutAtMillis() < 0 ? "timeoutAt must be >= 0" : null,
                Texts.of("param", create.param()),
                tags(create.tags(), create.timeoutAtMillis()));
    }

    private static @Nullable String schedule(Rules rules, Request.ScheduleCreate create) {
        var tags = create.promiseTags();
        return first(
                id("id", create.id()),
                id("promiseId", create.promiseId()),
                id("promiseId", Schedules.expand(create.promiseId(), create.id(), Long.toString(Long.MAX_VALUE))),
                create.promiseTimeoutMillis() < 0 ? "promiseTimeout must be >= 0" : null,
                Texts.of("promiseParam", create.promiseParam()),
                tags(tags, Long.MAX_VALUE),
                tags.size() > TAGS_MAX - SCHEDULE_TAGS
                        ? "promiseTags must be at most " + (TAGS_MAX - SCHEDULE_TAGS)
                        : null,
                tags.containsKey(Tags.TARGET) ? null : "promiseTags must include a resonate:target tag",
                cron(rules, create.cron()));
    }

    private static @Nullable String cron(Rules rules, String cron) {
        try {
            if (cron.length() > CRON_CHARS_MAX) {
                return "cron must have at most " + CRON_CHARS_MAX + " characters";
            }
            Cron.parse(cron, rules.dialect());
            return null;
        } catch (IllegalArgumentException e) {
            return "Invalid cron expression: " + e.getMessage();
        }
    }

    private static @Nullable String taskCreate(Rules rules, Request.TaskCreate create) {
        var tags = create.action().tags();
        return first(
                pid(create.pid()),
                ttl(rules, create.ttlMillis()),
                create(create.action()),
                tags.containsKey(Tags.TARGET) ? null : "Action must have a resonate:target tag",
                tags.containsKey(Tags.DELAY) ? "Action must not have a resonate:delay tag" : null);
    }

    private static @Nullable String settle(PromiseSettle settle) {
        boolean callers = settle.state() == PromiseState.RESOLVED
                || settle.state() == PromiseState.REJECTED
                || settle.state() == PromiseState.REJECTED_CANCELED;
        return first(
                id("id", settle.id()),
                callers ? null : "state must be resolved, rejected or rejected_canceled",
                Texts.of("value", settle.value()));
    }

    private static @Nullable String heartbeat(Request.TaskHeartbeat heartbeat) {
        if (heartbeat.tasks().size() > HEARTBEAT_TASKS_MAX) {
            return "tasks must be at most " + HEARTBEAT_TASKS_MAX;
        }
        for (var task : heartbeat.tasks()) {
            String wrong = first(id("tasks.id", task.id()), version(task.version()));
            if (wrong != null) {
                return wrong;
            }
        }
        return pid(heartbeat.pid());
    }

    private static @Nullable String fence(Request.TaskFence fence) {
        var action = fence.action();
        return first(
                id("id", fence.id()),
                version(fence.version()),
                switch (action) {
                    case PromiseCreate create -> create(create);
                    case PromiseSettle settle -> settle(settle);
                },
                action.id().equals(fence.id()) ? "action.data.id must differ from the task id" : null);
    }

    private static @Nullable String suspend(Rules rules, TaskSuspend suspend) {
        if (suspend.actions().isEmpty()) {
            return "actions must not be empty";
        }
        if (suspend.actions().size() > SUSPEND_ACTIONS_MAX) {
            return "actions must be at most " + SUSPEND_ACTIONS_MAX;
        }
        for (var action : suspend.actions()) {
            String wrong = first(
                    shape(rules, action),
                    action.awaiter().equals(suspend.id()) ? null : "actions.data.awaiter must equal the task id");
            if (wrong != null) {
                return wrong;
            }
        }
        return first(id("id", suspend.id()), version(suspend.version()));
    }

    private static @Nullable String tags(Map<String, String> tags, long timeoutAtMillis) {
        if (tags.size() > TAGS_MAX) {
            return "tags must be at most " + TAGS_MAX;
        }
        for (var tag : tags.entrySet()) {
            if (tag.getKey().length() > TAG_CHARS_MAX || tag.getValue().length() > TAG_CHARS_MAX) {
                return "tags must have at most " + TAG_CHARS_MAX + " characters each";
            }
        }
        String unfit = Texts.of("tags", tags);
        if (unfit != null) {
            return unfit;
        }
        String target = tags.get(Tags.TARGET);
        if (target != null && !Addresses.valid(target)) {
            return "Invalid resonate:target address";
        }
        String delay = tags.get(Tags.DELAY);
        return delay == null ? null : delay(delay, target, timeoutAtMillis);
    }

    private static @Nullable String delay(String delay, @Nullable String target, long timeoutAtMillis) {
        if (target == null) {
            return "resonate:delay needs a resonate:target tag";
        }
        try {
            long at = Long.parseLong(delay);
            return at >= 0 && at < timeoutAtMillis ? null : "resonate:delay must be >= 0 and before timeoutAt";
        } catch (NumberFormatException e) {
            return "resonate:delay must be a whole number of milliseconds";
        }
    }

    private static @Nullable String id(String field, String id) {
        if (id.isEmpty()) {
            return field + " must not be empty";
        }
        if (id.length() > ID_CHARS_MAX) {
            return field + " must have at most " + ID_CHARS_MAX + " characters";
        }
        return id.indexOf('\0') >= 0 ? field + " must not contain NUL" : Texts.of(field, id);
    }

    private static @Nullable String address(String address) {
        return address.length() > ADDRESS_CHARS_MAX
                ? "address must have at most " + ADDRESS_CHARS_MAX + " characters"
                : null;
    }

    private static @Nullable String pid(String pid) {
        return pid.isEmpty() || pid.length() > ID_CHARS_MAX
                ? "pid must have 1 to " + ID_CHARS_MAX + " characters"
                : Texts.of("pid", pid);
    }

    private static @Nullable String ttl(Rules rules, long ttlMillis) {
        if (ttlMillis < 1) {
            return "ttl must be >= 1";
        }
        return ttlMillis > rules.leaseMillisMax() ? "ttl must be <= " + rules.leaseMillisMax() : null;
    }

    private static @Nullable String version(long version) {
        return version < 0 ? "version must be >= 0" : null;
    }

    /** @param cursor an id, or empty for the first page */
    private static @Nullable String page(@Nullable Integer limit, @Nullable String cursor) {
        return first(
                limit != null && (limit < 1 || limit > 1000) ? "limit must be 1 to 1000" : null,
                cursor == null || cursor.isEmpty() ? null : id("cursor", cursor));
    }

    static @Nullable String first(@Nullable String... mistakes) {
        for (String mistake : mistakes) {
            if (mistake != null) {
                return mistake;
            }
        }
        return null;
    }
}
