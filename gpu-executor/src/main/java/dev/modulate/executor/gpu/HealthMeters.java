package dev.modulate.executor.gpu;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Errors, throttling and alarms of devices. */
final class HealthMeters {
    static final String XIDS = "modulate.device.xids";
    static final String THROTTLED = "modulate.device.throttled";
    static final String REMAP_PENDING = "modulate.device.remap.pending";
    static final String MISSING = "modulate.device.missing";

    private static final Map<String, Predicate<DeviceFacts>> REASONS = Map.of(
            "heat", DeviceFacts::throttledByHeat,
            "power", DeviceFacts::throttledByPower,
            "hardware", DeviceFacts::throttledByHardware);

    private final MeterRegistry meters;
    private final Map<String, AtomicInteger> flags = new HashMap<>();

    HealthMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    /** @param count devices that the settings expect and the driver does not offer */
    void missing(int count) {
        var missing = new AtomicInteger(count);
        Gauge.builder(MISSING, missing, AtomicInteger::get)
                .description("GPUs that are expected and not there")
                .strongReference(true)
                .register(meters);
    }

    void register(String deviceId) {
        for (String reason : REASONS.keySet()) {
            flag(THROTTLED, "1 while the device runs slower than it could", deviceId, reason);
        }
        for (var remedy : Xid.Remedy.values()) {
            xids(deviceId, remedy);
        }
        var pending = new AtomicInteger();
        flags.put(REMAP_PENDING + deviceId, pending);
        Gauge.builder(REMAP_PENDING, pending, AtomicInteger::get)
                .description("1 while memory rows wait for a reset to be replaced")
                .tag("device", deviceId)
                .strongReference(true)
                .register(meters);
    }

    private void flag(String name, String words, String deviceId, String reason) {
        var value = new AtomicInteger();
        flags.put(name + reason + deviceId, value);
        Gauge.builder(name, value, AtomicInteger::get)
                .description(words)
                .tags("device", deviceId, "reason", reason)
                .strongReference(true)
                .register(meters);
    }

    void measured(List<String> deviceIds, DeviceFacts facts) {
        for (String id : deviceIds) {
            REASONS.forEach((reason, holds) -> set(THROTTLED + reason + id, holds.test(facts)));
            set(REMAP_PENDING + id, facts.remapPending());
        }
    }

    private void set(String key, boolean holds) {
        var value = flags.get(key);
        if (value != null) {
            value.set(holds ? 1 : 0);
        }
    }

    void happened(List<String> deviceIds, Xid xid) {
        deviceIds.forEach(id -> xids(id, xid.remedy()).increment());
    }

    private Counter xids(String deviceId, Xid.Remedy remedy) {
        return Counter.builder(XIDS)
                .description("Errors that the driver reported")
                .tags("device", deviceId, "remedy", remedy.name().toLowerCase(Locale.ROOT))
                .register(meters);
    }
}
