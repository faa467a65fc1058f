package dev.modulate.executor.instance;

import dev.modulate.executor.artifact.ArtifactCache;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An instance of the pool and what the pool remembers of it. Owned by the lane. */
public final class PooledInstance {
    /** {@code STARTING -> IDLE <-> BUSY}, and {@code GONE} from each. */
    enum State {
        STARTING,
        IDLE,
        BUSY,
        GONE
    }

    final InstanceGroup group;
    final Program program;
    final List<Reservation> reservations;
    final long startedNanos;
    State state = State.STARTING;
    long idleSinceNanos;
    boolean startTimedOut;

    @Nullable
    Instance instance;

    InstanceStarter.@Nullable Starting starting;

    /** For which it was started; null when a call wanted it. */
    @Nullable
    LoadRequest load;

    ArtifactCache.@Nullable Held artifact;

    PooledInstance(InstanceGroup group, Program program, List<Reservation> reservations, long nowNanos) {
        this.group = group;
        this.program = program;
        this.reservations = List.copyOf(reservations);
        this.startedNanos = nowNanos;
    }

    /** When it began to start, on the nano clock. */
    public long startedNanos() {
        return startedNanos;
    }

    /** Only while the caller has it from the pool. */
    public Instance instance() {
        if (instance == null) {
            throw new IllegalStateException("the instance has not started");
        }
        return instance;
    }

    long reservedBytes(String deviceId) {
        return reservations.stream()
                .filter(reservation -> reservation.deviceId().equals(deviceId))
                .mapToLong(Reservation::memoryBytes)
                .sum();
    }

    void kill() {
        if (instance != null) {
            instance.kill();
        }
        if (starting != null) {
            starting.kill();
        }
    }

    void releaseArtifact() {
        if (artifact != null) {
            artifact.close();
            artifact = null;
        }
    }
}
