package dev.modulate.executor.instance;

import dev.modulate.executor.artifact.ArtifactCache;
import dev.modulate.executor.artifact.ArtifactException;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.instance.PooledInstance.State;
import dev.modulate.executor.lane.Lane;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The instances of this node: who waits for one, who is warm, who has to go. Owned by the lane; what happens on other
 * threads is posted to it.
 */
public final class InstancePool {
    private final Lane lane;
    private final ArtifactCache artifacts;
    private final InstanceStarter starter;
    private final Devices devices;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Map<InstanceGroup.Key, InstanceGroup> groups = new HashMap<>();
    private final Learned learned = new Learned();
    private final InstanceCounts counts = new InstanceCounts();
    private final Leaving leaving;

    /** @param instancesMax in all; at least the slots of the node */
    public record Limits(int instancesMax, Duration startTimeout) {}

    /** Told once, on the lane. */
    public interface Waiter {
        void ready(PooledInstance instance);

        void failed(Failure failure);
    }

    public InstancePool(
            Lane lane,
            ArtifactCache artifacts,
            InstanceStarter starter,
            Devices devices,
            Limits limits,
            LongSupplier nanoTime) {
        this.lane = lane;
        this.artifacts = artifacts;
        this.starter = starter;
        this.devices = devices;
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.leaving = new Leaving(devices, nanoTime);
    }

    /** Asks for an instance. The waiter may be told before this returns. */
    public InstanceRequest acquire(Program program, List<Reservation> reservations, Waiter waiter) {
        var key = InstanceGroup.Key.of(program, reservations);
        var group = groups.computeIfAbsent(key, InstanceGroup::new);
        var request = new InstanceRequest(group, program, reservations, waiter);
        group.waiting.add(request);
        serve(group);
        return request;
    }

    /** Gives an instance back. One that cannot be used again is killed. */
    public void release(PooledInstance pooled, boolean reusable) {
        if (pooled.state == State.GONE) {
            return;
        }
        if (reusable) {
            pooled.state = State.IDLE;
            pooled.idleSinceNanos = nanoTime.getAsLong();
            pooled.group.idle.addFirst(pooled);
        } else {
            remove(pooled);
        }
        serve(pooled.group);
    }

    /** Notes how long an execution took. */
    public void ran(Program program, Duration duration) {
        var durations = learned.of(program.functionKey(), program.artifactSha256());
        durations.run = Learned.blend(durations.run, duration);
    }

    /** Stops what has been idle or has been starting for too long, and serves whom that helps. */
    public void tick() {
        long now = nanoTime.getAsLong();
        for (PooledInstance pooled : all().toList()) {
            if (pooled.state == State.IDLE && idleTooLong(pooled, now)) {
                remove(pooled);
            } else if (pooled.state == State.STARTING
                    && !pooled.startTimedOut
                    && now - pooled.startedNanos > limits.startTimeout().toNanos()) {
                pooled.startTimedOut = true;
                failed(pooled, Failure.of(Reason.START_FAILED, "not ready within " + limits.startTimeout()));
            }
        }
        leaving.tick();
        List.copyOf(groups.values()).forEach(this::serve);
        counts.set(all().toList());
    }

    /** Kills every instance. */
    public void close() {
        all().toList().forEach(this::remove);
    }

    public InstanceCounts counts() {
        return counts;
    }

    /** Everything that would start warm here. */
    public List<Warmth> warmth() {
        return Warmth.of(learned, all().toList(), artifacts::contains);
    }

    /** By device id; a device that no instance holds is left out. */
    public Map<String, DeviceHold> holds() {
        var holds = new HashMap<String, DeviceHold>();
        all().forEach(pooled -> pooled.reservations.forEach(part -> holds.merge(
                part.deviceId(),
                DeviceHold.NONE.and(pooled.state, part.memoryBytes()),
                (one, other) ->
                        new DeviceHold(one.starting() + other.starting(), one.idleBytes() + other.idleBytes()))));
        return holds;
    }

    private void serve(InstanceGroup group) {
        while (!group.waiting.isEmpty() && !group.idle.isEmpty()) {
            PooledInstance pooled = group.idle.removeFirst();
            pooled.state = State.BUSY;
            group.waiting.removeFirst().waiter.ready(pooled);
        }
        while (group.waiting.size() > group.starting() && mayStart(group)) {
            start(group, group.waiting.getLast());
        }
        if (group.empty()) {
            groups.remove(group.key, group);
        }
    }

    private boolean mayStart(InstanceGroup group) {
        var request = group.waiting.getLast();
        int max = request.program.scaling().instancesMax();
        long instances = all().filter(pooled -> pooled.program.functionKey().equals(group.key.functionKey()))
                .count();
        return (max == 0 || instances < max) && makeRoom(request);
    }

    private boolean makeRoom(InstanceRequest request) {
        while (all().count() >= limits.instancesMax()) {
            if (!evict(all())) {
                return false;
            }
        }
        for (Reservation reservation : request.reservations) {
            all().filter(pooled -> pooled.state == State.IDLE)
                    .filter(pooled -> !Company.bear(pooled, request.program, reservation))
                    .toList()
                    .forEach(this::remove);
            while (!fits(reservation)) {
                var onDevice = all().filter(pooled -> pooled.reservedBytes(reservation.deviceId()) > 0);
                if (!evict(onDevice)) {
                    break; // The router set it aside: it knows better, or the driver will refuse.
                }
            }
        }
        return leaving.leaveRoomFor(request.reservations);
    }

    private boolean fits(Reservation reservation) {
        long capacity = devices.list().stream()
                .filter(device -> device.deviceId().equals(reservation.deviceId()))
                .mapToLong(Accelerator::capacityBytes)
                .sum();
        long reserved = all().mapToLong(pooled -> pooled.reservedBytes(reservation.deviceId()))
                .sum();
        return reserved + reservation.memoryBytes() <= capacity;
    }

    private boolean evict(Stream<PooledInstance> candidates) {
        Optional<PooledInstance> oldest = candidates
                .filter(pooled -> pooled.state == State.IDLE)
                .min(Comparator.comparingLong(pooled -> pooled.idleSinceNanos));
        oldest.ifPresent(this::remove);
        return oldest.isPresent();
    }

    private void start(InstanceGroup group, InstanceRequest request) {
        var pooled = new PooledInstance(group, request.program, request.reservations, nanoTime.getAsLong());
        group.all.add(pooled);
        learned.of(request.program.functionKey(), request.program.artifactSha256());
        artifacts
                .hold(request.program.artifactSha256(), fileName(request.program))
                .whenComplete((artifact, problem) -> lane.post(() -> unpacked(pooled, artifact, problem)));
    }

    private static String fileName(Program program) {
        int dot = program.handler().lastIndexOf('.');
        return program.language() == Program.Language.PYTHON && dot > 0
                ? program.handler().substring(0, dot).replace('.', '/') + ".py"
                : program.handler();
    }

    private void unpacked(PooledInstance pooled, ArtifactCache.@Nullable Held artifact, @Nullable Throwable problem) {
        if (artifact == null) {
            var cause =
                    problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
            String words = cause instanceof ArtifactException ? cause.getMessage() : String.valueOf(cause);
            failed(pooled, Failure.of(Reason.START_FAILED, "" + words));
            return;
        }
        pooled.artifact = artifact;
        if (pooled.state == State.GONE) {
            pooled.releaseArtifact();
            return;
        }
        pooled.starting =
                starter.start(pooled.program, pooled.reservations, artifact.folder(), new StartListener(pooled));
    }

    private final class StartListener implements InstanceStarter.Listener {
        private final PooledInstance pooled;

        StartListener(PooledInstance pooled) {
            this.pooled = pooled;
        }

        @Override
        public void ready(Instance instance) {
            lane.post(() -> InstancePool.this.ready(pooled, instance));
        }

        @Override
        public void failed(Failure failure) {
            lane.post(() -> InstancePool.this.failed(pooled, failure));
        }

        @Override
        public void exited(long processGroup) {
            lane.post(() -> InstancePool.this.exited(pooled, processGroup));
        }
    }

    private void ready(PooledInstance pooled, Instance instance) {
        pooled.instance = instance;
        if (pooled.state == State.GONE) {
            instance.kill();
            return;
        }
        var durations = learned.of(pooled.program.functionKey(), pooled.program.artifactSha256());
        durations.load = Learned.blend(durations.load, Duration.ofNanos(nanoTime.getAsLong() - pooled.startedNanos));
        release(pooled, true);
    }

    private void failed(PooledInstance pooled, Failure failure) {
        if (pooled.state == State.GONE) {
            return;
        }
        remove(pooled);
        InstanceRequest unlucky = pooled.group.waiting.pollFirst();
        if (unlucky != null) {
            unlucky.waiter.failed(failure);
        }
        serve(pooled.group);
    }

    private void exited(PooledInstance pooled, long processGroup) {
        if (pooled.state == State.IDLE) {
            remove(pooled);
        }
        leaving.exited(pooled, processGroup);
        pooled.releaseArtifact();
    }

    private void remove(PooledInstance pooled) {
        pooled.state = State.GONE;
        pooled.group.all.remove(pooled);
        pooled.group.idle.remove(pooled);
        if (pooled.starting != null && pooled.program.language() == Program.Language.PYTHON) {
            leaving.add(pooled);
        }
        pooled.kill();
        if (pooled.group.empty()) {
            groups.remove(pooled.group.key, pooled.group);
        }
        if (pooled.program.language() != Program.Language.PYTHON) {
            pooled.releaseArtifact();
        }
    }

    private boolean idleTooLong(PooledInstance pooled, long now) {
        var scaling = pooled.program.scaling();
        return now - pooled.idleSinceNanos > scaling.idleTimeout().toNanos()
                && pooled.group.all.size() > scaling.instancesMin();
    }

    private Stream<PooledInstance> all() {
        return groups.values().stream().flatMap(group -> group.all.stream());
    }
}
