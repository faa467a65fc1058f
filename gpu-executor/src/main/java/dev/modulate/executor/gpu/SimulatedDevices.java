package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** GPUs that do not exist, to try out placement on a machine without any. Says so wherever it can be seen. */
final class SimulatedDevices implements Devices {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedDevices.class);
    private static final String MARK = "simulated-";

    private final List<Accelerator> accelerators;
    private final List<AcceleratorLoad> loads;

    SimulatedDevices(GpuSettings settings) {
        accelerators = IntStream.range(0, settings.simulatedGpus())
                .mapToObj(index -> accelerator(settings, index))
                .toList();
        // Nothing uses their memory; what is reserved on them the router counts itself.
        loads = accelerators.stream()
                .map(accelerator -> new AcceleratorLoad(accelerator.deviceId(), 0, 0, "", 0, 0))
                .toList();
    }

    private static Accelerator accelerator(GpuSettings settings, int index) {
        return new Accelerator(
                "GPU-" + MARK + index,
                MARK + settings.simulatedModel(),
                settings.simulatedMemoryBytes(),
                0,
                "simulated",
                "",
                true);
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
        return VisibleDevices.of(reservations);
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
