package dev.modulate.bench.live;

import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.executor.v1.Residency;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.NodeHello;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What a fake executor of eight GPUs says of itself. Measurements vary like those of a real one, from a seed. */
final class Reports {
    static final int DEVICES = 8;
    static final long DEVICE_BYTES = 80L << 30;
    private static final int FUNCTIONS = 200;
    private static final int DEVICES_CHANGED_MAX = 3;
    private static final int RESIDENCY_EVERY = 4;
    private static final int FULL_RESIDENCIES = 10;

    private final Random random;
    private final long startNanos;
    private long sequence;

    Reports(long seed, long startNanos) {
        this.random = new Random(seed);
        this.startNanos = startNanos;
    }

    static NodeProfile profile(int number, long incarnation) {
        var profile = NodeProfile.newBuilder()
                .setNodeId("node-%04d".formatted(number))
                .setIncarnation(incarnation)
                .setPool("gpu")
                .setCpuMillis(64_000)
                .setMemoryBytes(1L << 40)
                .setSlotCount(DEVICES);
        for (int i = 0; i < DEVICES; i++) {
            profile.addDevices(Device.newBuilder()
                    .setDeviceId(deviceId(number, i))
                    .setModel("nvidia-h100-80gb-hbm3")
                    .setMemoryBytes(DEVICE_BYTES)
                    .setLinkGroup("link-" + i / 4));
        }
        return profile.build();
    }

    static String deviceId(int node, int device) {
        return "GPU-%08x-0000-4000-8000-%012x".formatted(node, device);
    }

    static AttachRequest hello(NodeProfile profile) {
        return AttachRequest.newBuilder()
                .setHello(NodeHello.newBuilder().setProfile(profile))
                .build();
    }

    /** A new stream: the next report is a full one. */
    void restart() {
        sequence = 0;
    }

    /** With functions that come and go by chance, as messages of their size. */
    AttachRequest next(int node, long ackedSequence, long nowNanos) {
        return next(node, ackedSequence, nowNanos, null);
    }

    /** @param instances what is loaded; null makes it up */
    AttachRequest next(int node, long ackedSequence, long nowNanos, @Nullable Instances instances) {
        boolean full = sequence == 0;
        var report = LoadReport.newBuilder()
                .setSequence(++sequence)
                .setDelta(!full)
                .setAckedDispatchSequence(ackedSequence)
                .setUptimeMillis((nowNanos - startNanos) / 1_000_000)
                .setCpuUsedMillis(random.nextInt(64_000))
                .setMemoryUsedBytes(random.nextLong(1L << 40))
                .setRunningCount(random.nextInt(DEVICES + 1));
        int changed = full ? DEVICES : random.nextInt(DEVICES_CHANGED_MAX + 1);
        int first = random.nextInt(DEVICES);
        for (int i = 0; i < changed; i++) {
            report.addDevices(device(node, full ? i : (first + i) % DEVICES, full));
        }
        if (instances != null) {
            instances.addTo(report, full);
            return AttachRequest.newBuilder().setLoad(report).build();
        }
        int residencies = full ? FULL_RESIDENCIES : random.nextInt(RESIDENCY_EVERY) == 0 ? 1 : 0;
        for (int i = 0; i < residencies; i++) {
            report.addResidencies(residency(node));
        }
        return AttachRequest.newBuilder().setLoad(report).build();
    }

    private DeviceLoad device(int node, int device, boolean named) {
        var load = DeviceLoad.newBuilder()
                .setDeviceNumber(device + 1)
                .setHealthy(true)
                .setState(DeviceLoad.State.STATE_RUNNING)
                .setRunningCount(1)
                .setMemoryUsedBytes(random.nextLong(DEVICE_BYTES))
                .setUtilizationPercent(random.nextInt(101))
                .setTemperatureCelsius(40 + random.nextInt(40))
                .setPowerMilliwatts(100_000 + random.nextInt(600_000));
        return named ? load.setDeviceId(deviceId(node, device)).build() : load.build();
    }

    private Residency residency(int node) {
        return Residency.newBuilder()
                .setFunctionKey(functionKey(random.nextInt(FUNCTIONS)))
                .setTier(Residency.Tier.TIER_DEVICE)
                .setInstanceCount(1)
                .addDeviceIds(deviceId(node, random.nextInt(DEVICES)))
                .setLoadDuration(com.google.protobuf.Duration.newBuilder().setSeconds(4))
                .setRunDuration(com.google.protobuf.Duration.newBuilder().setSeconds(1))
                .build();
    }

    static String functionKey(int function) {
        return "default/functions/" + functionName(function) + "/versions/1";
    }

    /** The number of a function, from its resource name. */
    static int function(String name) {
        return Integer.parseInt(name.substring(name.lastIndexOf('f') + 1));
    }

    static String functionName(int function) {
        return "f" + Math.floorMod(function, FUNCTIONS);
    }
}
