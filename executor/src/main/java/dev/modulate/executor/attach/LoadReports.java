package dev.modulate.executor.attach;

import com.google.protobuf.Timestamp;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.device.DriverHealth;
import dev.modulate.executor.instance.DeviceHold;
import dev.modulate.executor.instance.InstancePool;
import dev.modulate.executor.run.DeviceUse;
import dev.modulate.executor.run.Runs;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * When to report and what: each period, on change but not in a storm, and at once when a slot came free. Owned by the
 * lane.
 */
public final class LoadReports {
    private static final Duration FLOOR = Duration.ofMillis(100);

    /** The router hears of each free slot by the end of its run; this bounds the cost of saying it again. */
    private static final Duration FREED_FLOOR = Duration.ofMillis(10);

    private static final DeviceHold NOTHING_HELD = new DeviceHold(0, 0);

    private final Runs runs;
    private final InstancePool pool;
    private final Devices devices;
    private final InstantSource clock;
    private final HostLoad host = new HostLoad();
    private final Told told = new Told();
    private final Map<Integer, XidTime> xidTimes = new HashMap<>();
    private final long startNanos;
    private Duration period;
    private long sequence;
    private long lastNanos;
    private boolean changed;
    private boolean slotFreed;
    private boolean restarted;
    private int cpuUsedMillis;
    private long memoryUsedBytes;
    private long hostNanos;

    private record XidTime(long nanos, Instant time) {}

    public LoadReports(
            Runs runs, InstancePool pool, Devices devices, InstantSource clock, long startNanos, Duration period) {
        this.runs = runs;
        this.pool = pool;
        this.devices = devices;
        this.clock = clock;
        this.startNanos = startNanos;
        this.period = period;
    }

    /** A new stream: report at once, on the period its router wants. */
    void restart(Duration wanted) {
        sequence = 0;
        restarted = true;
        told.forget();
        if (wanted.isPositive()) {
            period = wanted;
        }
    }

    /** The router missed something: say everything once more. */
    void resync() {
        restarted = true;
        told.forget();
    }

    void changed() {
        changed = true;
    }

    void slotFreed() {
        slotFreed = true;
    }

    boolean due(long nowNanos) {
        long since = nowNanos - lastNanos;
        return restarted
                || since >= period.toNanos()
                || (slotFreed && since >= FREED_FLOOR.toNanos())
                || (changed && since >= FLOOR.toNanos());
    }

    LoadReport next(long nowNanos, long ackedDispatchSequence, long routerEpoch) {
        sampleHost(nowNanos);
        changed = false;
        slotFreed = false;
        restarted = false;
        lastNanos = nowNanos;
        var now = clock.instant();
        var report = LoadReport.newBuilder()
                .setSequence(++sequence)
                .setMeasureTime(
                        Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
                .setAckedDispatchSequence(ackedDispatchSequence)
                .setCpuUsedMillis(cpuUsedMillis)
                .setMemoryUsedBytes(memoryUsedBytes)
                .setRunningCount(runs.busy())
                .setQueuedCount(runs.queued())
                .setDraining(runs.draining())
                .setRouterEpoch(routerEpoch)
                .setUptimeMillis(TimeUnit.NANOSECONDS.toMillis(nowNanos - startNanos));
        var warmth = pool.warmth().stream().map(ReportProto::write).toList();
        told.tell(report, deviceLoads(now, nowNanos), warmth, nowNanos);
        return report.build();
    }

    private List<DeviceLoad> deviceLoads(Instant now, long nowNanos) {
        var loads = devices.loads();
        if (loads.isEmpty()) {
            return List.of();
        }
        var uses = runs.deviceUses();
        var holds = pool.holds();
        var health = devices.health();
        return IntStream.range(0, loads.size())
                .mapToObj(i -> {
                    var load = loads.get(i);
                    var message = ReportProto.write(
                            i + 1,
                            load,
                            uses.getOrDefault(load.deviceId(), DeviceUse.NONE),
                            holds.getOrDefault(load.deviceId(), NOTHING_HELD),
                            runs.draining());
                    return health.isEmpty() ? message : withHealth(message, health.get(i), now, nowNanos);
                })
                .toList();
    }

    /** The time of an error is told by the clock once, or it would seem to move with every report. */
    private DeviceLoad withHealth(DeviceLoad load, DriverHealth health, Instant now, long nowNanos) {
        var seen = xidTimes.compute(
                load.getDeviceNumber(),
                (number, known) -> known != null && known.nanos() == health.lastXidNanos()
                        ? known
                        : new XidTime(health.lastXidNanos(), now.minusNanos(nowNanos - health.lastXidNanos())));
        return load.toBuilder()
                .setHealth(ReportProto.write(health, seen.time()))
                .build();
    }

    /** Costs a read of {@code /proc}: once a period is enough. */
    private void sampleHost(long nowNanos) {
        if (hostNanos == 0 || nowNanos - hostNanos >= period.toNanos()) {
            hostNanos = nowNanos;
            cpuUsedMillis = host.cpuUsedMillis();
            memoryUsedBytes = host.memoryUsedBytes();
        }
    }
}
