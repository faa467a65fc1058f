package dev.modulate.bench.gpu;

import dev.modulate.executor.call.Isolation;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.Devices;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The executor's view of the devices, beside what the driver's tool and processes on the devices say. */
final class DriverPart {
    private static final int LOOKS = 3_000;
    private static final double LOOK_CPU_MICROS_MAX = 1_250;
    private static final long HELD_BYTES = 1L << 30;
    private static final long MEMORY_ERROR_MAX = 64L << 20;
    private static final double VACATED_SECONDS_MAX = 2;
    private static final long VACATED_NANOS_LIMIT = TimeUnit.SECONDS.toNanos(10);
    private static final long COPY_BYTES = 4L << 30;
    private static final double WATTS_ERROR_MAX = 30;

    private final Devices devices;
    private final Path folder;
    private final Findings findings;

    /** @param folder with the program */
    DriverPart(Devices devices, Path folder, Findings findings) {
        this.devices = devices;
        this.folder = folder;
        this.findings = findings;
    }

    /** @param processes that come and go on the first device */
    void run(int processes) throws Exception {
        inventory();
        looks();
        visibility();
        vacating(processes);
        copies();
    }

    private void inventory() throws IOException {
        var seen = NvidiaSmi.gpus();
        look();
        findings.fact("as many devices as nvidia-smi lists", devices.list().size() == seen.size(), seen.size());
        for (int index = 0; index < Math.min(seen.size(), devices.list().size()); index++) {
            var theirs = seen.get(index);
            Accelerator ours = devices.list().get(index);
            findings.fact("same id", ours.deviceId().equals(theirs.uuid()), ours.deviceId());
            findings.fact(
                    "same model",
                    ours.model()
                            .equals(theirs.name()
                                    .toLowerCase(java.util.Locale.ROOT)
                                    .replace(' ', '-')),
                    ours.model());
            findings.fact("same driver", ours.driverVersion().equals(theirs.driver()), ours.driverVersion());
            findings.fact(
                    "same compute capability",
                    ours.computeCapability().equals(theirs.capability()),
                    ours.computeCapability());
            same("memory in all", ours.memoryBytes(), theirs.memory().get(0));
            same(
                    "memory reserved by the driver",
                    ours.memoryReservedBytes(),
                    theirs.memory().get(1));
            var load = devices.loads().get(index);
            same("memory in use", load.memoryUsedBytes(), theirs.memory().get(2));
            findings.fact("healthy", load.healthy(), load.healthReason());
            double watts = load.powerMilliwatts() / 1e3;
            findings.fact("power within 30 W", Math.abs(watts - theirs.watts()) < WATTS_ERROR_MAX, watts + " W");
            findings.fact("temperature is known", load.temperatureCelsius() > 0, load.temperatureCelsius() + " degC");
            var health = devices.health().get(index);
            findings.fact("the driver asks for nothing", health.recoveryAction().equals("none"), health);
        }
    }

    private void same(String name, long bytes, long mebibytes) {
        findings.fact(name, Math.abs(bytes - (mebibytes << 20)) <= 1 << 20, (bytes >> 20) + " MiB");
    }

    private List<String> ids() {
        return devices.list().stream().map(Accelerator::deviceId).toList();
    }

    /** What the driver reports of all devices since now: a look comes first. */
    private void look() {
        devices.incidents(ids(), System.nanoTime()).join();
    }

    private void looks() {
        var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        for (int warm = 0; warm < LOOKS; warm++) {
            look();
        }
        var wall = new ArrayList<Double>();
        long cpu = process.getProcessCpuTime();
        for (int measured = 0; measured < LOOKS; measured++) {
            long begin = System.nanoTime();
            look();
            wall.add((System.nanoTime() - begin) / 1e3);
        }
        double micros = (process.getProcessCpuTime() - cpu)
                / 1e3
                / LOOKS
                / devices.list().size();
        findings.figure("a look at all devices, p50", percentile(wall, 0.5), "us");
        findings.figure("a look at all devices, p99", percentile(wall, 0.99), "us");
        findings.atMost(
                "CPU of a look at one device (1 % of a core for 8 each second)", micros, LOOK_CPU_MICROS_MAX, "us");
    }

    private void visibility() throws Exception {
        String id = ids().getFirst();
        var whole = new Reservation(id, HELD_BYTES, Reservation.WHOLE, Isolation.TENANT);
        try (var child = CudaProcess.start(folder, hold(HELD_BYTES), devices.environment(List.of(whole)))) {
            findings.fact("a process sees one device", child.number("count") == 1, child.number("count"));
            findings.fact("it is the one that was reserved", child.text("uuid").equals(id), child.text("uuid"));
            look();
            var device = devices.list().getFirst();
            var load = devices.loads().getFirst();
            double free = device.capacityBytes() - load.memoryUsedBytes();
            findings.fact(
                    "free memory as the process sees it, within 64 MiB",
                    Math.abs(free - child.number("free")) <= MEMORY_ERROR_MAX,
                    (long) (free - child.number("free")) >> 20);
            child.end(false);
        }
        try (var child = CudaProcess.start(folder, hold(HELD_BYTES), devices.environment(List.of()))) {
            findings.fact("a process without a reservation sees none", child.number("count") == 0, "");
            child.end(false);
        }
    }

    private static List<String> hold(long bytes) {
        return List.of("hold", Long.toString(bytes));
    }

    private void vacating(int processes) throws Exception {
        var ended = new ArrayList<Double>();
        var killed = new ArrayList<Double>();
        int unseen = 0;
        for (int number = 0; number < processes; number++) {
            boolean byForce = number % 2 == 1;
            long before = used();
            try (var child = CudaProcess.start(folder, hold(HELD_BYTES), Map.of())) {
                unseen += used() - before >= HELD_BYTES ? 0 : 1;
                child.end(byForce);
                (byForce ? killed : ended).add(secondsUntilVacated(child.pid()));
            }
        }
        findings.fact("the memory of each was seen", unseen == 0, processes + " processes of 1 GiB");
        for (var way : List.of(Map.entry("ends", ended), Map.entry("is killed", killed))) {
            findings.figure("a process " + way.getKey() + ", memory back, p50", percentile(way.getValue(), 0.5), "s");
            findings.atMost(
                    "a process " + way.getKey() + ", memory back, p99",
                    percentile(way.getValue(), 0.99),
                    VACATED_SECONDS_MAX,
                    "s");
        }
    }

    private long used() {
        look();
        return devices.loads().getFirst().memoryUsedBytes();
    }

    private double secondsUntilVacated(long processGroup) {
        long begin = System.nanoTime();
        var vacated = devices.vacated(processGroup, ids().subList(0, 1));
        while (!vacated.getAsBoolean() && System.nanoTime() - begin < VACATED_NANOS_LIMIT) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return (System.nanoTime() - begin) / 1e9;
    }

    private void copies() throws IOException {
        try (var child = CudaProcess.start(folder, List.of("copy", Long.toString(COPY_BYTES)), Map.of())) {
            double gibibytes = COPY_BYTES / (double) (1L << 30);
            findings.figure("copy to the device, pageable memory", gibibytes / child.number("pageable"), "GiB/s");
            findings.figure("copy to the device, pinned memory", gibibytes / child.number("pinned"), "GiB/s");
        }
    }

    static double percentile(List<Double> values, double part) {
        var sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(Math.ceil(part * sorted.size())) - 1));
    }
}
