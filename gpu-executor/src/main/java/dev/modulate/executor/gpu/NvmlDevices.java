package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.device.DriverHealth;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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
    private static final int INCIDENTS_MILLIS_MAX = 1_000;

    /** A change of more than this part of a device's memory is worth a report at once. */
    private static final int MEMORY_CHANGE_PARTS = 20;

    private final Nvml nvml;
    private final List<NvmlDevice> devices;
    private final List<Accelerator> accelerators;
    private final Duration period;
    private final String mpsPipe;
    private final Duration silenceMax;
    private final LongSupplier nanoTime;
    private final ScheduledThreadPoolExecutor poller;
    private final HealthWatch watch;
    private final int missing;
    private volatile Runnable listener = () -> {};
    private volatile Measured measured;
    private int looksInVain;

    private record Measured(
            List<AcceleratorLoad> loads,
            List<DriverHealth> health,
            Map<String, Occupants.Seen> occupants,
            long nanos) {}

    private NvmlDevices(
            Nvml nvml,
            List<NvmlDevice> devices,
            GpuSettings settings,
            DeviceTest test,
            HealthMeters meters,
            LongSupplier nanoTime) {
        this.nvml = nvml;
        this.devices = devices;
        this.period = settings.pollPeriod();
        this.mpsPipe = settings.mpsPipe();
        this.nanoTime = nanoTime;
        this.missing = Math.max(
                0,
                settings.expectedGpus()
                        - (int) devices.stream()
                                .map(NvmlDevice::board)
                                .distinct()
                                .count());
        accelerators = devices.stream().map(NvmlDevice::accelerator).toList();
        var periods = period.multipliedBy(SILENT_PERIODS_MAX);
        silenceMax = periods.compareTo(SILENCE_MAX) > 0 ? periods : SILENCE_MAX;
        poller = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("gpu-poller").daemon(true).factory());
        watch = new HealthWatch(nvml, devices, test, poller, meters, nanoTime);
        watch.opened();
        meters.missing(missing);
        measured = measure();
    }

    private Measured measure() {
        long now = nanoTime.getAsLong();
        watch.look(now);
        devices.forEach(device -> device.measure(nvml, now));
        return new Measured(
                devices.stream().map(NvmlDevice::load).toList(),
                devices.stream().map(device -> device.board().said()).toList(),
                devices.stream()
                        .collect(Collectors.toUnmodifiableMap(
                                device -> device.accelerator().deviceId(), NvmlDevice::seen)),
                now);
    }

    /** What the driver knows now: devices that appear later need a restart. None, and one line in the log, without a driver. */
    static Devices open(GpuSettings settings, DeviceTest test, HealthMeters meters, LongSupplier nanoTime) {
        try {
            var nvml = Nvml.open(settings.nvmlLibrary());
            var devices = NvmlInventory.take(nvml);
            return new NvmlDevices(nvml, devices, settings, test, meters, nanoTime);
        } catch (NvmlException e) {
            LOG.atWarn()
                    .addKeyValue("library", settings.nvmlLibrary())
                    .addKeyValue("reason", e.getMessage())
                    .log("no GPUs: the NVIDIA driver cannot be asked");
            meters.missing(settings.expectedGpus());
            return settings.expectedGpus() == 0 ? Devices.none() : new AbsentDevices(settings.expectedGpus());
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
        return now.loads().stream().map(load -> load.silent(reason)).toList();
    }

    @Override
    public List<DriverHealth> health() {
        return measured.health();
    }

    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return VisibleDevices.of(reservations, mpsPipe);
    }

    /** Fresh news only: what was measured before the group had ended says nothing. */
    @Override
    public BooleanSupplier vacated(long processGroup, List<String> deviceIds) {
        long ended = nanoTime.getAsLong();
        var before = measured.occupants();
        lookSoon();
        return () -> {
            var now = measured;
            return now.nanos() - ended > 0
                    && deviceIds.stream()
                            .noneMatch(id -> seen(now.occupants(), id).holds(processGroup, seen(before, id)));
        };
    }

    private static Occupants.Seen seen(Map<String, Occupants.Seen> all, String deviceId) {
        return all.getOrDefault(deviceId, Occupants.Seen.NONE);
    }

    @Override
    public void keepsMemory(long processGroup, List<String> deviceIds) {
        String words = "memory of process group " + processGroup + ", which has ended, is still in use";
        inPoller(() -> deviceIds.forEach(id -> watch.keepsMemory(id, words, nanoTime.getAsLong())));
        lookSoon();
    }

    @Override
    public CompletableFuture<List<String>> incidents(List<String> deviceIds, long sinceNanos) {
        return CompletableFuture.runAsync(this::poll, poller)
                .orTimeout(INCIDENTS_MILLIS_MAX, TimeUnit.MILLISECONDS)
                .handle((looked, late) -> watch.incidents(deviceIds, sinceNanos));
    }

    @Override
    public String alarm() {
        return missing == 0 ? "" : AbsentDevices.words(missing);
    }

    private void lookSoon() {
        inPoller(this::poll);
    }

    private void inPoller(Runnable task) {
        try {
            poller.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed", e);
        }
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
                watch.closing();
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
        var saidBefore = measured.health();
        measured = measure();
        var after = measured.loads();
        looksInVain = devices.stream().allMatch(NvmlDevice::answers) ? 0 : looksInVain + 1;
        boolean worthReporting = !saidBefore.equals(measured.health());
        for (int index = 0; index < after.size(); index++) {
            worthReporting |= compare(accelerators.get(index), before.get(index), after.get(index));
        }
        if (worthReporting) {
            listener.run();
        }
    }

    /** A GPU that was reset or came back to the bus is seen by a new session only. */
    private void reopen() {
        watch.closing();
        try {
            nvml.shutdown();
        } catch (NvmlException e) {
            LOG.debug("shutdown", e); // A session that is gone need not be closed.
        }
        devices.forEach(NvmlDevice::doubt);
        try {
            nvml.init();
            watch.opened();
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
        return turned
                || change > accelerator.memoryBytes() / MEMORY_CHANGE_PARTS
                || after.memoryForeignBytes() != before.memoryForeignBytes();
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
}
