package dev.modulate.bench.live;

import dev.modulate.bench.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The live loop of a router under 1,000 executors of eight GPUs each. Ends with 1 when a target is missed. */
public final class LiveBench {
    private static final int EXECUTORS = 1_000;
    private static final double MESSAGES_PER_SECOND = 4_000;
    private static final double MESSAGE_SECONDS = 4;
    private static final int ROUNDS = 4;
    private static final double BYTES_OF_A_MIB = 1024 * 1024;
    private static final double DISPATCH_SECONDS = 15;
    private static final double CRASH_SECONDS = 20;

    private LiveBench() {}

    /** @param arguments seconds of the dispatching part, seconds of the part with crashes, seed */
    public static void main(String[] arguments) throws Exception {
        var folder = Files.createTempDirectory(
                Path.of(System.getProperty("bench.folder", System.getProperty("java.io.tmpdir"))), "live-");
        var report = new LiveReport();
        double dispatchSeconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : DISPATCH_SECONDS;
        double crashSeconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : CRASH_SECONDS;
        long seed = arguments.length > 2 ? Long.parseLong(arguments[2]) : System.nanoTime();
        messages(folder, report);
        dispatches(folder, dispatchSeconds, report);
        System.out.println("seed of the crashes: " + seed);
        new Crashes(seed, folder.resolve("crashes"), Child.freePort()).run(crashSeconds, report);
        System.exit(report.print() ? 0 : 1);
    }

    private static void messages(Path folder, LiveReport report) throws IOException {
        int routerPort = Child.freePort();
        int echoPort = Child.freePort();
        var cost = new MessageCost(EXECUTORS, MESSAGES_PER_SECOND, MESSAGE_SECONDS);
        try (var router = startRouter(folder.resolve("messages"), routerPort, List.of());
                var echo = Child.start(
                        StreamEcho.class,
                        echoPort,
                        folder.resolve("echo.log"),
                        List.of("-XX:+UseSerialGC", "-Xmx512m"),
                        List.of(Integer.toString(echoPort)))) {
            var ours = new ArrayList<Double>();
            var raw = new ArrayList<Double>();
            for (int round = 0; round < ROUNDS; round++) {
                raw.add(cost.ofEcho(echo, echoPort));
                ours.add(cost.ofRouter(router, routerPort));
                System.out.printf(
                        Locale.ROOT,
                        "round %d: echo %.1f us, router %.1f us of CPU for a message%n",
                        round + 1,
                        raw.getLast(),
                        ours.getLast());
            }
            // The first round warms both up.
            report.messages(median(ours.subList(1, ROUNDS)), median(raw.subList(1, ROUNDS)));
        }
    }

    private static void dispatches(Path folder, double seconds, LiveReport report) throws Exception {
        int port = Child.freePort();
        // A loaded machine takes long to start a thousand executors, and none is meant to die of it.
        var settings = List.of("router.lease-ttl=5m", "router.stale-after=1m");
        try (var router = startRouter(folder.resolve("dispatches"), port, settings)) {
            new SlotLatency(port, EXECUTORS).run(seconds, report);
            var decisions = Scrape.of(port);
            report.add(
                    "decision p99, place",
                    decisions.quantileMicros("modulate_router_decision_seconds", "place", 0.99),
                    50,
                    10,
                    "us (bucket)");
            report.note(
                    "decision p99, nothing to be done",
                    decisions.quantileMicros("modulate_router_decision_seconds", "wait", 0.99),
                    "us (bucket)");
            report.note("memory of the router process", router.residentBytes() / BYTES_OF_A_MIB, "MiB");
        }
    }

    static Child startRouter(Path folder, int port, List<String> settings) throws IOException {
        Files.createDirectories(folder);
        var arguments = new ArrayList<String>();
        for (String setting : List.of("router.port=" + port, "resonate.store=rocksdb:" + folder.resolve("resonate"))) {
            arguments.addAll(List.of("--set", setting));
        }
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return Child.start(
                LiveRouter.class, port, folder.resolve("router.log"), List.of("-XX:+UseSerialGC", "-Xmx1g"), arguments);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
