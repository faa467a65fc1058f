package dev.modulate.api.admission;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How long the promise of a call stays open. */
public final class Lifetime {
    public static final Duration TTL_MAX = Duration.ofDays(30);
    static final String TTL_RULE = "more than 0 s and at most 2592000 s (30 days)";

    private static final int NANOS_MAX = 999_999_999;

    private Lifetime() {}

    /** A caller's own lifetime, in the units of the wire, where seconds and nanoseconds may be any number. */
    public record Ttl(long seconds, int nanos) {
        Optional<Violation> violation() {
            boolean legal = seconds >= 0
                    && nanos >= 0
                    && nanos <= NANOS_MAX
                    && seconds <= TTL_MAX.toSeconds()
                    && seconds + nanos > 0
                    && (seconds < TTL_MAX.toSeconds() || nanos == 0);
            return legal ? Optional.empty() : Optional.of(new Violation("ttl", shown(), TTL_RULE));
        }

        private String shown() {
            return nanos == 0 ? seconds + " s" : seconds + " s " + nanos + " ns";
        }
    }

    /**
     * The ttl when the caller set one, else the deadline of the call, else the default; never longer than {@link
     * #TTL_MAX}.
     *
     * @param ttl legal, or null when absent
     * @param callDeadline time left, or null when the deadline of the call says nothing about its promise
     */
    public static Duration of(@Nullable Ttl ttl, @Nullable Duration callDeadline, Duration byDefault) {
        if (ttl != null) {
            return Duration.ofSeconds(ttl.seconds(), ttl.nanos());
        }
        var asked = callDeadline == null ? byDefault : callDeadline;
        return asked.compareTo(TTL_MAX) > 0 ? TTL_MAX : asked;
    }
}
