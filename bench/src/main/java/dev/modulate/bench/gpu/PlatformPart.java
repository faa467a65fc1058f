package dev.modulate.bench.gpu;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.registry.v1.AcceleratorRequirements;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Functions on a GPU of this machine: they wait for memory that others hold, share, take turns, and fail alone. */
final class PlatformPart {
    /** Of a device's memory: two functions of this size cannot be there together. */
    private static final double LARGE = 0.6;

    private static final double SMALL = 0.05;

    /** A process needs more than it allocates: its context. */
    private static final double HOLDS = 0.9;

    private static final double STRANGER = 0.7;
    private static final int SMALL_FUNCTIONS = 4;
    private static final int TURNS = 20;
    private static final int WARM_CALLS = 50;
    private static final long STRANGER_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long MEMORY_ERROR_MAX = 64L << 20;
    private static final long REPORT_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

    private final Platform platform;
    private final Path folder;
    private final Findings findings;
    private final long capacity;

    /** @param folder with the program */
    PlatformPart(Platform platform, Path folder, Findings findings) {
        this.platform = platform;
        this.folder = folder;
        this.findings = findings;
        this.capacity = platform.device().getMemoryBytes() - platform.device().getMemoryReservedBytes();
    }

    void run() throws Exception {
        deploy("large-a", LARGE);
        deploy("large-b", LARGE);
        stranger();
        turns();
        for (int number = 0; number < SMALL_FUNCTIONS; number++) {
            deploy("small-" + number, SMALL);
        }
        shares();
        fault();
        withoutDevice();
    }

    private void deploy(String id, double part) throws Exception {
        long bytes = (long) (capacity * part);
        platform.deploy(
                id,
                AcceleratorRequirements.newBuilder().setDeviceMemoryBytes(bytes).build(),
                (long) (bytes * HOLDS));
    }

    /** Memory that nobody of the platform holds is missing all the same. */
    private void stranger() throws Exception {
        long held = (long) (capacity * STRANGER);
        String call;
        try (var stranger = CudaProcess.start(folder, List.of("hold", Long.toString(held)), Map.of())) {
            awaitLoad("a stranger's memory is reported as such", load -> load.getMemoryForeignBytes() >= held);
            call = platform.create("large-a", "{}");
            LockSupport.parkNanos(STRANGER_NANOS);
            var waiting = platform.get(call);
            boolean waits = waiting.getState() == State.STATE_PENDING;
            findings.fact(
                    "a call waits while a stranger holds the memory",
                    waits,
                    waits ? platform.waitsFor(call) : waiting.getOutcome());
            stranger.end(true);
        }
        findings.fact(
                "it runs once the stranger is gone",
                platform.await(call).getState() == State.STATE_SUCCEEDED,
                platform.get(call).getState());
    }

    private void awaitLoad(String name, java.util.function.Predicate<DeviceLoad> holds) {
        long begin = System.nanoTime();
        while (!holds.test(platform.load()) && System.nanoTime() - begin < REPORT_NANOS_MAX) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        findings.fact(name, holds.test(platform.load()), (System.nanoTime() - begin) / 1_000_000 + " ms");
    }

    /** Each start needs the memory of the one before back; a start that came too soon would fail with no memory. */
    private void turns() throws Exception {
        var seconds = new ArrayList<Double>();
        int failed = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            long begin = System.nanoTime();
            var call = platform.call(turn % 2 == 0 ? "large-b" : "large-a", "{}");
            seconds.add((System.nanoTime() - begin) / 1e9);
            if (call.getState() != State.STATE_SUCCEEDED || call.getFailedAttemptsCount() > 0) {
                failed++;
                findings.note("turn " + turn + ": " + call.getOutcome().getFailure() + call.getFailedAttemptsList());
            }
        }
        findings.fact("each of two that need 60 % has its turn, none fails", failed == 0, TURNS + " turns");
        findings.figure(
                "call of one that has to take the other's place, p50", DriverPart.percentile(seconds, 0.5), "s");
        findings.figure(
                "call of one that has to take the other's place, p99", DriverPart.percentile(seconds, 0.99), "s");
    }

    private void shares() throws Exception {
        var processes = new HashSet<Double>();
        String id = platform.device().getDeviceId();
        boolean seeRight = true;
        for (int round = 0; round < 2; round++) {
            for (int number = 0; number < SMALL_FUNCTIONS; number++) {
                var saw = Platform.output(platform.call("small-" + number, "{}"));
                processes.add(saw.getFieldsOrThrow("pid").getNumberValue());
                seeRight &= saw.getFieldsOrThrow("count").getNumberValue() == 1
                        && saw.getFieldsOrThrow("uuid").getStringValue().equals(id)
                        && saw.getFieldsOrThrow("given").getStringValue().equals(id);
            }
        }
        findings.fact("four functions stay on one device", processes.size() == SMALL_FUNCTIONS, processes);
        findings.fact("each sees the device that it was given, and no other", seeRight, id);
        long theirs = NvidiaSmi.gpus().getFirst().memory().get(2) << 20;
        awaitLoad(
                "the router knows the memory in use, within 64 MiB of nvidia-smi",
                load -> Math.abs(load.getMemoryUsedBytes() - theirs) <= MEMORY_ERROR_MAX);
        var seconds = new ArrayList<Double>();
        for (int call = 0; call < WARM_CALLS; call++) {
            long begin = System.nanoTime();
            Platform.output(platform.call("small-0", "{}"));
            seconds.add((System.nanoTime() - begin) / 1e9);
        }
        findings.figure("warm call, p50", DriverPart.percentile(seconds, 0.5) * 1e3, "ms");
    }

    /** An error of a program is its own: the call says what the driver said, and the device stays in service. */
    private void fault() throws Exception {
        Invocation call = platform.call("small-1", "{\"fault\": true}");
        String words = call.getOutcome().getFailure().getMessage();
        findings.fact(
                "a kernel that stores out of bounds fails its call", call.getState() == State.STATE_FAILED, words);
        findings.fact("the failure names the driver's error", words.contains("Xid"), words);
        awaitLoad("the device stays in service", DeviceLoad::getHealthy);
        findings.fact(
                "the driver's last error is reported",
                platform.load().getHealth().getLastXid() > 0,
                "Xid " + platform.load().getHealth().getLastXid());
        var others = platform.call("small-2", "{}");
        findings.fact("a function beside it goes on", others.getState() == State.STATE_SUCCEEDED, others.getState());
        var again = platform.call("small-1", "{}");
        findings.fact(
                "the same function goes on, in another process",
                again.getState() == State.STATE_SUCCEEDED,
                again.getState());
    }

    private void withoutDevice() throws Exception {
        platform.deployWithoutDevice("none");
        var saw = Platform.output(platform.call("none", "{}"));
        findings.fact(
                "a function without a device sees none",
                saw.getFieldsOrThrow("count").getNumberValue() == 0,
                saw.getFieldsMap());
    }
}
