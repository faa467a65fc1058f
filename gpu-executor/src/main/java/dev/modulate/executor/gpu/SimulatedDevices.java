package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** GPUs that do not exist, to try out placement on a machine without any. Says so wherever it can be seen. */
final class SimulatedDevices implements Devices {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedDevices.class);
    private static final String MARK = "simulated-";

    private static final Pattern PROFILE = Pattern.compile("[1-9][0-9]?g\\.([1-9][0-9]{0,3})gb");

    private final List<Accelerator> accelerators;
    private final List<AcceleratorLoad> loads;
    private final String mpsPipe;

    /** @param health shows that nothing ever ails them */
    SimulatedDevices(GpuSettings settings, HealthMeters health) {
        var simulated = settings.simulated();
        mpsPipe = settings.mpsPipe();
        accelerators = IntStream.range(0, simulated.gpus())
                .boxed()
                .flatMap(index -> index == 0 && !simulated.slices().isEmpty()
                        ? slices(simulated)
                        : Stream.of(accelerator(simulated, index)))
                .toList();
        // Nothing uses their memory; what is reserved on them the router counts itself.
        loads = accelerators.stream()
                .map(accelerator -> new AcceleratorLoad(accelerator.deviceId(), 0, 0, "", 0, 0))
                .toList();
        accelerators.forEach(accelerator -> health.register(accelerator.deviceId()));
        health.missing(0);
    }

    static boolean isProfile(String text) {
        return PROFILE.matcher(text).matches();
    }

    private static Accelerator accelerator(GpuSettings.Simulated simulated, int index) {
        return new Accelerator(
                "GPU-" + MARK + index,
                MARK + simulated.model(),
                simulated.memoryBytes(),
                0,
                "simulated",
                simulated.linkSize() > 1 ? "nvlink-" + index / simulated.linkSize() : "",
                true);
    }

    private static Stream<Accelerator> slices(GpuSettings.Simulated simulated) {
        var whole = accelerator(simulated, 0);
        return IntStream.range(0, simulated.slices().size()).mapToObj(index -> {
            String profile = simulated.slices().get(index);
            return new Accelerator(
                    "MIG-" + MARK + "0-" + index,
                    whole.model() + "-mig-" + profile,
                    memoryBytes(profile),
                    0,
                    whole.driverVersion(),
                    "",
                    new Accelerator.Slice(whole.deviceId(), profile),
                    "",
                    true);
        });
    }

    private static long memoryBytes(String profile) {
        var matcher = PROFILE.matcher(profile);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("profile: " + profile + " (expected: such as 1g.6gb)");
        }
        return Long.parseLong(matcher.group(1)) << 30;
    }

    @Override
    public List<Accelerator> list() {
        return accelerators;
    }

    @Override
    public List<AcceleratorLoad> loads() {
        return loads;
    }

    /** No CUDA program finds a device of such a name, so it uses none that is real. */
    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return VisibleDevices.of(reservations, mpsPipe);
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public void start() {
        LOG.atWarn()
                .addKeyValue("gpus", accelerators.size())
                .addKeyValue("model", accelerators.getFirst().model())
                .log("GPUs are simulated: functions are placed on them but find no device");
    }

    @Override
    public void close() {}
}
