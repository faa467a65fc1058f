package dev.modulate.router.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** A clock that stands still until it is told to go. */
public final class FakeTime implements InstantSource, LongSupplier {
    private long nanos = 1_000_000_000;

    @Override
    public Instant instant() {
        return Instant.ofEpochSecond(1_700_000_000).plusNanos(nanos);
    }

    @Override
    public long getAsLong() {
        return nanos;
    }

    public void add(Duration step) {
        nanos += step.toNanos();
    }
}
