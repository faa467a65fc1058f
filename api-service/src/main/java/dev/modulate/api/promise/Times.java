package dev.modulate.api.promise;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;

/** Milliseconds as the types of the wire. */
public final class Times {
    private static final int MILLIS_PER_SECOND = 1000;
    private static final int NANOS_PER_MILLI = 1_000_000;

    private Times() {}

    public static Timestamp timestamp(long unixMillis) {
        return Timestamp.newBuilder()
                .setSeconds(Math.floorDiv(unixMillis, MILLIS_PER_SECOND))
                .setNanos(Math.floorMod(unixMillis, MILLIS_PER_SECOND) * NANOS_PER_MILLI)
                .build();
    }

    public static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.toSeconds())
                .setNanos(duration.toNanosPart())
                .build();
    }
}
