package dev.modulate.api;

import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Ids that are ordered by time: UUIDs of version 7 (RFC 9562). For any thread, as its random source is. */
final class FreshIds implements Supplier<String> {
    private static final int RANDOM_A_BITS = 12;
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final InstantSource clock;
    private final RandomGenerator random;

    FreshIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    @Override
    public String get() {
        long randomA = random.nextLong() >>> (Long.SIZE - RANDOM_A_BITS);
        long high = clock.millis() << 16 | VERSION_7 | randomA;
        long low = VARIANT | random.nextLong() >>> 2;
        return new UUID(high, low).toString();
    }
}
