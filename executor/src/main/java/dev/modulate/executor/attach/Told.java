package dev.modulate.executor.attach;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the router was told on this stream, so that the next report says only what is new. Owned by the lane. */
final class Told {
    /** Learned times that moved less than this share are not worth a message. */
    private static final double LEARNED_CHANGE = 0.1;

    /** How often readings are sent that nothing depends on. */
    private static final Duration READINGS_PERIOD = Duration.ofSeconds(10);

    private final List<DeviceLoad> devices = new ArrayList<>();

    /** When each device was told last, on the nano clock. */
    private final List<Long> readings = new ArrayList<>();

    private final Map<String, Residency> residencies = new HashMap<>();
    private boolean everything = true;

    /** The next report says everything. */
    void forget() {
        devices.clear();
        residencies.clear();
        everything = true;
    }

    /**
     * Adds what is new.
     *
     * @param loads in profile order
     */
    void tell(LoadReport.Builder report, List<DeviceLoad> loads, List<Residency> warmth, long nowNanos) {
        report.setDelta(!everything);
        if (everything) {
            report.addAllDevices(loads).addAllResidencies(warmth);
            devices.addAll(loads);
            readings.clear();
            loads.forEach(load -> readings.add(nowNanos));
            warmth.forEach(each -> residencies.put(each.getFunctionKey(), each));
            everything = false;
            return;
        }
        for (int i = 0; i < loads.size(); i++) {
            boolean due = nowNanos - readings.get(i) >= READINGS_PERIOD.toNanos();
            if (changed(devices.get(i), loads.get(i), due)) {
                devices.set(i, loads.get(i));
                readings.set(i, nowNanos);
                report.addDevices(loads.get(i).toBuilder().clearDeviceId());
            }
        }
        var gone = new HashMap<>(residencies);
        for (var now : warmth) {
            var before = gone.remove(now.getFunctionKey());
            if (before == null || changed(before, now)) {
                residencies.put(now.getFunctionKey(), now);
                report.addResidencies(now);
            }
        }
        for (String key : gone.keySet()) {
            residencies.remove(key);
            report.addRemovedFunctionKeys(key);
        }
    }

    /** Temperature and power move all the time, and nobody decides by them. */
    private static boolean changed(DeviceLoad before, DeviceLoad now, boolean readingsDue) {
        return readingsDue ? !before.equals(now) : !withoutReadings(before).equals(withoutReadings(now));
    }

    private static DeviceLoad withoutReadings(DeviceLoad load) {
        return load.toBuilder().clearTemperatureCelsius().clearPowerMilliwatts().build();
    }

    private static boolean changed(Residency before, Residency now) {
        return !withoutLearned(before).equals(withoutLearned(now))
                || moved(before.hasLoadDuration(), before.getLoadDuration(), now.getLoadDuration())
                || moved(before.hasRunDuration(), before.getRunDuration(), now.getRunDuration());
    }

    private static Residency withoutLearned(Residency residency) {
        return residency.toBuilder().clearLoadDuration().clearRunDuration().build();
    }

    private static boolean moved(boolean known, com.google.protobuf.Duration before, com.google.protobuf.Duration now) {
        long old = nanos(before);
        long change = Math.abs(nanos(now) - old);
        return known ? change > old * LEARNED_CHANGE : change > 0;
    }

    private static long nanos(com.google.protobuf.Duration duration) {
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos()).toNanos();
    }
}
