package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Tags;
import java.util.HashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the strict dialect refuses and the lenient one allows, whatever is stored.
 *
 * <p>A root's id has no colon; a child's is the root's, a colon, and steps with dots in between: {@code job:1.2}. So the
 * root of a promise, its origin, can be told from its id.
 */
final class StrictChecks {
    private static final char ROOT_END = ':';
    private static final char STEP_END = '.';

    private static final String TIMER_WITH_TARGET = "resonate:timer and resonate:target exclude each other";

    private StrictChecks() {}

    static @Nullable String of(Request<?> request) {
        return switch (request) {
            case PromiseCreate create -> create(create);
            case Request.TaskCreate create -> create(create.action());
            case Request.PromiseRegisterCallback callback ->
                Checks.first(origin("awaited", callback.awaited(), callback.awaiter()));
            case Request.TaskSuspend suspend -> suspend(suspend);
            case Request.TaskHeartbeat heartbeat -> heartbeat(heartbeat);
            case Request.TaskFence fence -> fence(fence);
            case Request.ScheduleCreate create ->
                Checks.first(
                        "true".equals(create.promiseTags().get(Tags.TIMER)) ? TIMER_WITH_TARGET : null,
                        separator("id", create.id()),
                        separator("promiseId", create.promiseId()));
            default -> null;
        };
    }

    private static @Nullable String create(PromiseCreate create) {
        Map<String, String> tags = create.tags();
        return Checks.first(
                "true".equals(tags.get(Tags.TIMER)) && tags.containsKey(Tags.TARGET) ? TIMER_WITH_TARGET : null,
                descends(create, Tags.ORIGIN),
                descends(create, Tags.BRANCH),
                descends(create, Tags.PARENT),
                separator(Tags.ORIGIN, tags.getOrDefault(Tags.ORIGIN, "")),
                separator(Tags.PREFIX, tags.getOrDefault(Tags.PREFIX, "")));
    }

    private static @Nullable String descends(PromiseCreate create, String tag) {
        String ancestor = create.tags().get(tag);
        if (ancestor == null || create.id().equals(ancestor)) {
            return null;
        }
        char end = ancestor.indexOf(ROOT_END) < 0 ? ROOT_END : STEP_END;
        return create.id().startsWith(ancestor + end)
                ? null
                : tag + ": \"" + ancestor + "\" (expected: the id, or what it starts with before a " + end + ")";
    }

    private static @Nullable String separator(String field, String value) {
        return value.indexOf(ROOT_END) < 0 ? null : field + " must not contain " + ROOT_END;
    }

    private static String origin(String id) {
        int end = id.indexOf(ROOT_END);
        return end < 0 ? id : id.substring(0, end);
    }

    private static @Nullable String origin(String field, String id, String other) {
        return origin(id).equals(origin(other))
                ? null
                : field + ": \"" + id + "\" (expected: of the same origin as " + other + ")";
    }

    private static @Nullable String suspend(Request.TaskSuspend suspend) {
        var seen = new HashSet<String>();
        for (var action : suspend.actions()) {
            String mistake = Checks.first(
                    origin("actions.data.awaited", action.awaited(), suspend.id()),
                    seen.add(action.awaited()) ? null : "actions.data.awaited: \"" + action.awaited() + "\" twice");
            if (mistake != null) {
                return mistake;
            }
        }
        return null;
    }

    private static @Nullable String heartbeat(Request.TaskHeartbeat heartbeat) {
        if (heartbeat.tasks().isEmpty()) {
            return "tasks must not be empty";
        }
        String first = heartbeat.tasks().getFirst().id();
        for (var task : heartbeat.tasks()) {
            String mistake = origin("tasks.id", task.id(), first);
            if (mistake != null) {
                return mistake;
            }
        }
        return null;
    }

    private static @Nullable String fence(Request.TaskFence fence) {
        return switch (fence.action()) {
            case PromiseCreate create ->
                Checks.first(
                        create(create),
                        create.id().equals(origin(create.id()))
                                ? null
                                : origin("action.data.id", create.id(), fence.id()));
            case Request.PromiseSettle settle -> origin("action.data.id", settle.id(), fence.id());
        };
    }
}
