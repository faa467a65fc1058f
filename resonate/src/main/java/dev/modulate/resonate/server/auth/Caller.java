package dev.modulate.resonate.server.auth;

import dev.modulate.resonate.protocol.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param admin true for who may do everything
 * @param prefix that the ids of everything touched must have; empty for everything, null for nothing
 */
public record Caller(boolean admin, @Nullable String prefix) {
    static final Caller ADMIN = new Caller(true, null);

    /** True when no operation needs to be looked at. */
    boolean unlimited() {
        return admin || (prefix != null && prefix.isEmpty());
    }

    boolean may(Request<?> request) {
        return unlimited() || may(touched(request));
    }

    boolean may(List<String> touched) {
        if (unlimited()) {
            return true;
        }
        String needed = prefix;
        return needed != null && !touched.isEmpty() && touched.stream().allMatch(id -> id.startsWith(needed));
    }

    /** Ids that an operation is about. Empty for what is not about named ones, such as a search. */
    private static List<String> touched(Request<?> request) {
        return switch (request) {
            case Request.PromiseGet r -> List.of(r.id());
            case Request.PromiseCreate r -> List.of(r.id());
            case Request.PromiseSettle r -> List.of(r.id());
            case Request.PromiseRegisterListener r -> List.of(r.awaited());
            case Request.PromiseRegisterCallback r -> List.of(r.awaited());
            case Request.TaskCreate r -> List.of(r.action().id());
            case Request.TaskAcquire r -> List.of(r.id());
            case Request.TaskGet r -> List.of(r.id());
            case Request.TaskHeartbeat r ->
                r.tasks().stream().map(Request.TaskVersion::id).toList();
            case Request.TaskRelease r -> List.of(r.id());
            case Request.TaskFulfill r -> List.of(r.id());
            case Request.TaskFence r -> List.of(r.id());
            case Request.TaskSuspend r -> List.of(r.id());
            case Request.TaskHalt r -> List.of(r.id());
            case Request.TaskContinue r -> List.of(r.id());
            case Request.PromiseSearch r -> List.of();
            case Request.TaskSearch r -> List.of();
            // The template, since the ids that come of it are not known yet.
            case Request.ScheduleCreate r -> List.of(r.promiseId());
            case Request.ScheduleGet r -> List.of(r.id());
            case Request.ScheduleDelete r -> List.of(r.id());
            case Request.ScheduleSearch r -> List.of();
            case Request.Debug<?> r -> List.of();
        };
    }
}
