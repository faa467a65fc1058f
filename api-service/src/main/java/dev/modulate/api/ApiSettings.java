package dev.modulate.api;

import dev.modulate.observability.settings.SettingsReader;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an operator may change of an API.
 *
 * @param advertisedAddress where executors push output: {@code host:port}, the name of an API in the same process, or
 *     empty for the address it serves at
 * @param resonate where durable promises are kept
 */
public record ApiSettings(
        String host,
        int port,
        List<String> routers,
        String registry,
        String advertisedAddress,
        URI resonate,
        String resonateToken,
        Times times,
        Limits limits) {
    private static final Pattern URL = Pattern.compile("https?://\\S+");

    public ApiSettings {
        routers = List.copyOf(routers);
    }

    /**
     * How long things take at most.
     *
     * @param defaultTtl how long a promise stays open when neither the caller's ttl nor its deadline says it
     * @param routerWait for a router to be connected
     * @param accept from taking a call to its durable record
     * @param cancelGrace between the polite and the hard stop of a cancelled run
     * @param outputKept for output of finished invocations
     */
    public record Times(
            Duration defaultTtl, Duration routerWait, Duration accept, Duration cancelGrace, Duration outputKept) {
        public static final Times DEFAULT = new Times(
                Duration.ofHours(24),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                Duration.ofMinutes(10));
    }

    /**
     * How much is held at most.
     *
     * @param waiters callers that wait for a result
     * @param outputBytes output of all invocations
     */
    public record Limits(int waiters, long outputBytes) {
        public static final Limits DEFAULT = new Limits(100_000, 256L << 20);
    }

    public static ApiSettings read(SettingsReader reader) {
        var routers = reader.list("api.routers", List.of("127.0.0.1:8082"), "routers, host:port each");
        if (routers.isEmpty()) {
            reader.mistake("api.routers", "at least one host:port");
        }
        return new ApiSettings(
                reader.text("api.host", "127.0.0.1", "address to bind"),
                reader.port("api.port", 8080, "port to bind; 0 takes a free one"),
                routers,
                reader.text("api.registry", "127.0.0.1:8081", "the registry, host:port"),
                reader.text(
                        "api.advertised-address", "", "host:port where executors reach this API; empty: host and port"),
                URI.create(reader.text("resonate.url", "http://127.0.0.1:8001", URL, "where promises are kept")),
                reader.text("resonate.token", "", "token for the promise server; a secret, so file: or env:"),
                readTimes(reader),
                readLimits(reader));
    }

    private static Times readTimes(SettingsReader reader) {
        var byDefault = Times.DEFAULT;
        var second = Duration.ofSeconds(1);
        var hour = Duration.ofHours(1);
        return new Times(
                reader.duration(
                        "api.default-ttl",
                        byDefault.defaultTtl,
                        second,
                        Duration.ofDays(30),
                        "how long a call may take when its caller sets neither ttl nor deadline"),
                reader.duration(
                        "api.router-wait",
                        byDefault.routerWait,
                        Duration.ZERO,
                        hour,
                        "longest wait for a router to be connected"),
                reader.duration(
                        "api.accept-timeout", byDefault.accept, second, hour, "longest time until a call is durable"),
                reader.duration(
                        "api.cancel-grace",
                        byDefault.cancelGrace,
                        Duration.ZERO,
                        hour,
                        "time between the polite and the hard stop of a cancelled run"),
                reader.duration(
                        "api.output-kept",
                        byDefault.outputKept,
                        second,
                        Duration.ofDays(1),
                        "how long output of finished invocations is kept"));
    }

    private static Limits readLimits(SettingsReader reader) {
        return new Limits(
                reader.integer(
                        "api.waiters-max",
                        Limits.DEFAULT.waiters,
                        1,
                        10_000_000,
                        "callers that may wait for results at a time"),
                reader.bytes("api.output-memory", "256MiB", "output of invocations that is held in memory"));
    }
}
