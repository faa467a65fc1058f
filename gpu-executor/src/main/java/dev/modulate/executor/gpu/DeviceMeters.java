package dev.modulate.executor.gpu;

import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.ToDoubleFunction;

/** What is measured of each device, as gauges. */
final class DeviceMeters {
    static final String MEMORY = "modulate.device.memory.bytes";
    static final String UTILIZATION = "modulate.device.utilization.percent";
    static final String HEALTHY = "modulate.device.healthy";
    static final String TEMPERATURE = "modulate.device.temperature.celsius";

    private final MeterRegistry meters;
    private final Devices devices;

    DeviceMeters(MeterRegistry meters, Devices devices) {
        this.meters = meters;
        this.devices = devices;
    }

    void register() {
        var accelerators = devices.list();
        for (int index = 0; index < accelerators.size(); index++) {
            var accelerator = accelerators.get(index);
            var tags = Tags.of("device", accelerator.deviceId());
            Gauge.builder(MEMORY, accelerator, total -> (double) total.memoryBytes())
                    .tags(tags.and("kind", "total"))
                    .strongReference(true)
                    .register(meters);
            gauge(MEMORY, tags.and("kind", "used"), index, AcceleratorLoad::memoryUsedBytes);
            gauge(MEMORY, tags.and("kind", "foreign"), index, AcceleratorLoad::memoryForeignBytes);
            gauge(UTILIZATION, tags, index, AcceleratorLoad::utilizationPercent);
            gauge(HEALTHY, tags, index, load -> load.healthy() ? 1 : 0);
            gauge(TEMPERATURE, tags, index, DeviceMeters::temperature);
        }
    }

    private static double temperature(AcceleratorLoad load) {
        return load.temperatureCelsius() == 0 ? Double.NaN : load.temperatureCelsius();
    }

    private void gauge(String name, Tags tags, int index, ToDoubleFunction<AcceleratorLoad> value) {
        Gauge.builder(name, () -> value.applyAsDouble(devices.loads().get(index)))
                .tags(tags)
                .register(meters);
    }
}
