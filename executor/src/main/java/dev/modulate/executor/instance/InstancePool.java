package dev.modulate.executor.instance;

import dev.modulate.executor.artifact.ArtifactCache;
import dev.modulate.executor.artifact.ArtifactException;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.instance.PooledInstance.State;
import dev.modulate.executor.lane.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The instances of this node: who waits for one, who is warm, who has to go. Owned by the lane; what happens on other
 * threads is posted to it.
 */
public final class InstancePool {
    /** Time a load waits for memory that is given back. */
    private static final Duration LOAD_PATIENCE = Duration.ofSeconds(10);

    private final Lane lane;
    private final ArtifactCache artifacts;
    private final InstanceStarter starter;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Map<InstanceGroup.Key, InstanceGroup> groups = new HashMap<>();
    private final Learned learned = new Learned();
    private final InstanceCounts counts = new InstanceCounts();
    private final Leaving leaving;
    private final Room room;

    /** Loads that wait for what leaves. */
    private final List<LoadRequest> loads = new ArrayList<>();

    /** @param slots of the node: calls find room for as many instances */
    public record Limits(int slots, Duration startTimeout) {}

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
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.leaving = new Leaving(devices, nanoTime);
        this.room = new Room(devices, leaving, limits.slots(), this::all, this::remove);
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

    /** Starts one more instance that nobody waits for, or refuses. The waiter may be told before this returns. */
    public void load(Program program, List<Reservation> reservations, LoadRequest.Waiter waiter) {
        var request = new LoadRequest(program, reservations, waiter, nanoTime.getAsLong());
        if (!load(request)) {
            loads.add(request);
        }
    }

    /** Instances that stay though they are idle, by function; instead of those named before. */
    public void keep(Map<String, Integer> instances) {
        room.pins(instances);
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
        loads.removeIf(this::load);
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
            var request = group.waiting.getLast();
            start(group, request.program, request.reservations);
        }
        if (group.empty()) {
            groups.remove(group.key, group);
        }
    }

    private boolean mayStart(InstanceGroup group) {
        var request = group.waiting.getLast();
        return mayHaveOneMore(request.program) && room.forCall(request.program, request.reservations) == Room.Made.YES;
    }

    private boolean mayHaveOneMore(Program program) {
        int max = program.scaling().instancesMax();
        long instances = all().filter(pooled -> pooled.program.functionKey().equals(program.functionKey()))
                .count();
        return max == 0 || instances < max;
    }

    private PooledInstance start(InstanceGroup group, Program program, List<Reservation> reservations) {
        var pooled = new PooledInstance(group, program, reservations, nanoTime.getAsLong());
        group.all.add(pooled);
        learned.of(program.functionKey(), program.artifactSha256());
        artifacts
                .hold(program.artifactSha256(), fileName(program))
                .whenComplete((artifact, problem) -> lane.post(() -> unpacked(pooled, artifact, problem)));
        return pooled;
    }

    /** False while it has to wait for what leaves. */
    private boolean load(LoadRequest request) {
        if (!mayHaveOneMore(request.program)) {
            request.waiter.refused("INSTANCE_COUNT_MAX");
            return true;
        }
        switch (room.forLoad(request.program, request.reservations)) {
            case NO -> request.waiter.refused("NO_ROOM");
            case LATER -> {
                if (nanoTime.getAsLong() - request.askedNanos < LOAD_PATIENCE.toNanos()) {
                    return false;
                }
                request.waiter.refused("NOT_VACATED");
            }
            case YES -> {
                var group = groups.computeIfAbsent(
                        InstanceGroup.Key.of(request.program, request.reservations), InstanceGroup::new);
                start(group, request.program, request.reservations).load = request;
            }
        }
        return true;
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
        var took = Duration.ofNanos(nanoTime.getAsLong() - pooled.startedNanos);
        durations.load = Learned.blend(durations.load, took);
        release(pooled, true);
        if (pooled.load != null) {
            pooled.load.waiter.resident(took);
        }
    }

    private void failed(PooledInstance pooled, Failure failure) {
        if (pooled.state == State.GONE) {
            return;
        }
        remove(pooled);
        if (pooled.load != null) {
            pooled.load.waiter.failed(failure);
        }
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
                && pooled.group.all.size() > scaling.instancesMin()
                && !room.keeps(pooled);
    }

    private Stream<PooledInstance> all() {
        return groups.values().stream().flatMap(group -> group.all.stream());
    }
}
