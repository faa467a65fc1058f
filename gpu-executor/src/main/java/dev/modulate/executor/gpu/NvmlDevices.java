package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The NVIDIA GPUs of this machine. After {@link #start} the poller thread alone calls the driver, since a sick one may
 * hang; everyone else reads what it last published.
 */
final class NvmlDevices implements Devices {
    private static final Logger LOG = LoggerFactory.getLogger(NvmlDevices.class);

    /** How many looks at a device that does not answer, before the session with the driver is opened anew. */
    static final int LOOKS_BEFORE_REOPEN = 10;

    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);
    private static final int SILENT_PERIODS_MAX = 5;
    private static final int CLOSE_SECONDS_MAX = 2;

    /** A change of more than this part of a device's memory is worth a report at once. */
    private static final int MEMORY_CHANGE_PARTS = 20;

    private final Nvml nvml;
    private final List<NvmlDevice> devices;
    private final List<Accelerator> accelerators;
    private final Duration period;
    private final Duration silenceMax;
    private final LongSupplier nanoTime;
    private final ScheduledThreadPoolExecutor poller;
    private volatile Runnable listener = () -> {};
    private volatile Measured measured;
    private int looksInVain;

    private record Measured(List<AcceleratorLoad> loads, long nanos) {}

    private NvmlDevices(Nvml nvml, List<NvmlDevice> devices, Duration period, LongSupplier nanoTime) {
        this.nvml = nvml;
        this.devices = devices;
        this.period = period;
        this.nanoTime = nanoTime;
        accelerators = devices.stream().map(NvmlDevice::accelerator).toList();
        var periods = period.multipliedBy(SILENT_PERIODS_MAX);
        silenceMax = periods.compareTo(SILENCE_MAX) > 0 ? periods : SILENCE_MAX;
        poller = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("gpu-poller").daemon(true).factory());
        devices.forEach(device -> device.measure(nvml));
        measured = new Measured(devices.stream().map(NvmlDevice::load).toList(), nanoTime.getAsLong());
    }

    /** What the driver knows now: devices that appear later need a restart. None, and one line in the log, without a driver. */
    static Devices open(GpuSettings settings, LongSupplier nanoTime) {
        try {
            var nvml = Nvml.open(settings.nvmlLibrary());
            var devices = NvmlInventory.take(nvml);
            return new NvmlDevices(nvml, devices, settings.pollPeriod(), nanoTime);
        } catch (NvmlException e) {
            LOG.atWarn()
                    .addKeyValue("library", settings.nvmlLibrary())
                    .addKeyValue("reason", e.getMessage())
                    .log("no GPUs: the NVIDIA driver cannot be asked");
            return Devices.NONE;
        }
    }

    @Override
    public List<Accelerator> list() {
        return accelerators;
    }

    @Override
    public List<AcceleratorLoad> loads() {
        var now = measured;
        var silence = Duration.ofNanos(nanoTime.getAsLong() - now.nanos());
        if (silence.compareTo(silenceMax) <= 0) {
            return now.loads();
        }
        String reason = "the driver has not answered for " + silence.toSeconds() + " s";
        return now.loads().stream().map(load -> unhealthy(load, reason)).toList();
    }

    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return VisibleDevices.of(reservations);
    }

    @Override
    public void onChange(Runnable listener) {
        this.listener = listener;
    }

    @Override
    public void start() {
        accelerators.forEach(NvmlDevices::announce);
        measured.loads().stream().filter(load -> !load.healthy()).forEach(NvmlDevices::logHealth);
        if (accelerators.isEmpty()) {
            LOG.warn("no GPUs: the NVIDIA driver runs but offers none");
        }
        poller.scheduleWithFixedDelay(this::poll, 0, period.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Leaves the session open when the poller hangs in it: the process is about to end. */
    @Override
    public void close() {
        poller.shutdownNow();
        try {
            if (poller.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                nvml.shutdown();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (NvmlException e) {
            LOG.debug("shutdown", e);
        }
    }

    /** One look at every device. For the poller. */
    void poll() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("looking at the GPUs failed", e); // Thrown further it would end the polling.
        }
    }

    private void look() {
        if (looksInVain == LOOKS_BEFORE_REOPEN) {
            looksInVain = 0;
            reopen();
        }
        var before = measured.loads();
        devices.forEach(device -> device.measure(nvml));
        var after = devices.stream().map(NvmlDevice::load).toList();
        measured = new Measured(after, nanoTime.getAsLong());
        looksInVain = devices.stream().allMatch(NvmlDevice::answers) ? 0 : looksInVain + 1;
        boolean worthReporting = false;
        for (int index = 0; index < after.size(); index++) {
            worthReporting |= compare(accelerators.get(index), before.get(index), after.get(index));
        }
        if (worthReporting) {
            listener.run();
        }
    }

    /** A GPU that was reset or came back to the bus is seen by a new session only. */
    private void reopen() {
        try {
            nvml.shutdown();
        } catch (NvmlException e) {
            LOG.debug("shutdown", e); // A session that is gone need not be closed.
        }
        devices.forEach(NvmlDevice::doubtHandles);
        try {
            nvml.init();
        } catch (NvmlException e) {
            LOG.debug("init", e); // The devices say it: their calls fail, as no session is open.
        }
    }

    /** The reason may change while a device is away; that is no news. */
    private static boolean compare(Accelerator accelerator, AcceleratorLoad before, AcceleratorLoad after) {
        boolean turned = before.healthy() != after.healthy();
        if (turned) {
            logHealth(after);
        }
        long change = Math.abs(after.memoryUsedBytes() - before.memoryUsedBytes());
        return turned || change > accelerator.memoryBytes() / MEMORY_CHANGE_PARTS;
    }

    private static void logHealth(AcceleratorLoad load) {
        if (load.healthy()) {
            LOG.atInfo().addKeyValue("device", load.deviceId()).log("GPU is healthy again");
        } else {
            LOG.atWarn()
                    .addKeyValue("device", load.deviceId())
                    .addKeyValue("reason", load.healthReason())
                    .log("GPU is unhealthy");
        }
    }

    private static void announce(Accelerator accelerator) {
        LOG.atInfo()
                .addKeyValue("device", accelerator.deviceId())
                .addKeyValue("model", accelerator.model())
                .addKeyValue("memory_bytes", accelerator.memoryBytes())
                .addKeyValue("driver", accelerator.driverVersion())
                .addKeyValue("link_group", accelerator.linkGroup())
                .log("GPU found");
    }

    private static AcceleratorLoad unhealthy(AcceleratorLoad load, String reason) {
        return new AcceleratorLoad(load.deviceId(), load.memoryUsedBytes(), 0, reason, 0, 0);
    }
}
