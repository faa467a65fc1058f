package dev.modulate.api.invocation;

import com.google.rpc.ErrorInfo;
import dev.modulate.invocation.v1.Invocation;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What the front door counts. Every tag has few values: a name that is no function's is {@code unknown}. */
public final class InvocationMeters {
    public static final String INVOCATIONS = "modulate.invocations";
    public static final String DURATION = "modulate.invocation.duration";
    public static final String REFUSED = "modulate.api.refused";

    private static final int TAG_VALUES_MAX = 1000;
    private static final String FUNCTIONS = "functions/";
    private static final String ACCEPTED = "accepted";
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10)
    };

    private final MeterRegistry registry;
    private final String tenant;
    private final Predicate<String> isFunction;
    private final Map<String, OfFunction> functions = new ConcurrentHashMap<>();
    private final Followed followed = new Followed();
    private final Map<String, Counter> refusals = new ConcurrentHashMap<>();

    private record OfFunction(String tag, Timer duration, Map<String, Counter> outcomes) {}

    /** @param isFunction whether a resource name is a function's */
    public InvocationMeters(MeterRegistry registry, String tenant, Predicate<String> isFunction) {
        this.registry = registry;
        this.tenant = tenant;
        this.isFunction = isFunction;
    }

    /** @param function resource name, or empty for an inline target */
    void accepted(String function) {
        count(function(function), ACCEPTED);
    }

    /** Nobody waits for it: its outcome is counted when an executor pushes it here. */
    void follow(String taskId, String function) {
        followed.add(taskId, function);
    }

    void unfollow(String taskId) {
        followed.remove(taskId);
    }

    /** A result came by. */
    public void pushed(String taskId, Invocation.State state) {
        var function = followed.remove(taskId);
        if (function != null) {
            count(function(function), outcome(state));
        }
    }

    /** A caller that waited has its answer. */
    void finished(Invocation invocation, long nanos) {
        var function = function(invocation.getTarget().getFunction().getName());
        count(function, outcome(invocation.getState()));
        function.duration.record(nanos, TimeUnit.NANOSECONDS);
    }

    void refused(StatusRuntimeException status) {
        String reason = reason(status);
        var known = refusals.get(reason);
        if (known == null) {
            String tag = refusals.size() < TAG_VALUES_MAX ? reason : "other";
            known = refusals.computeIfAbsent(
                    tag,
                    value -> Counter.builder(REFUSED)
                            .description("Calls that were not accepted")
                            .tag("reason", value)
                            .register(registry));
        }
        known.increment();
    }

    private OfFunction function(String name) {
        var known = functions.get(name);
        return known == null ? functions.computeIfAbsent(tag(name), this::ofFunction) : known;
    }

    /** The key under which a function is counted: its name, or a word for many. */
    private String tag(String name) {
        if (name.isEmpty()) {
            return "-";
        }
        if (!isFunction.test(name)) {
            return "unknown";
        }
        return functions.size() < TAG_VALUES_MAX ? name : "other";
    }

    private OfFunction ofFunction(String key) {
        String tag = key.startsWith(FUNCTIONS) ? key.substring(FUNCTIONS.length()) : key;
        var duration = Timer.builder(DURATION)
                .description("Time from the call to its outcome, for callers that wait")
                .tag("function", tag)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
        return new OfFunction(tag, duration, new ConcurrentHashMap<>());
    }

    private void count(OfFunction function, String outcome) {
        function.outcomes
                .computeIfAbsent(
                        outcome,
                        value -> Counter.builder(INVOCATIONS)
                                .description("Invocations, by what the caller was told")
                                .tags("tenant", tenant, "function", function.tag, "outcome", value)
                                .register(registry))
                .increment();
    }

    private static String outcome(Invocation.State state) {
        return state.name().substring("STATE_".length()).toLowerCase(Locale.ROOT);
    }

    private static String reason(StatusRuntimeException thrown) {
        var status = StatusProto.fromThrowable(thrown);
        if (status != null) {
            for (var detail : status.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    try {
                        return detail.unpack(ErrorInfo.class).getReason();
                    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                        break;
                    }
                }
            }
        }
        return thrown.getStatus().getCode().name();
    }
}
