package dev.modulate.bench.live;

import dev.modulate.bench.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The live loop of a router under 1,000 executors of eight GPUs each. Ends with 1 when a target is missed. */
public final class LiveBench {
    private static final int EXECUTORS = 1_000;
    private static final double MESSAGES_PER_SECOND = 4_000;
    private static final double MESSAGE_SECONDS = 5;

    /** A JVM that has just started interprets: the first messages are not measured. */
    private static final double WARM_UP_SECONDS = 15;

    private static final String ROUNDS = "3";
    static final List<String> SERIAL = List.of("-XX:+UseSerialGC");

    /** As {@code modulate router} has them: a serial collection stops a router of a thousand nodes for 25 to 60 ms, each 5 to 15 s. */
    private static final List<String> AS_SHIPPED =
            List.of("-XX:+UseZGC", "-XX:+UseTransparentHugePages", "-Xlog:pagesize=off", "-XX:PerMethodTrapLimit=0");

    private static final double BYTES_OF_A_MIB = 1024 * 1024;
    private static final String DISPATCH_SECONDS = "15";
    private static final String CRASH_SECONDS = "20";

    /** A loaded machine takes long to start a thousand executors, and none is meant to die of it. */
    private static final List<String> PATIENT = List.of("router.lease-ttl=5m", "router.stale-after=1m");

    private LiveBench() {}

    /** @param arguments seconds of the dispatching part, seconds of the part with crashes, seed, rounds of messages; 0 leaves a part out */
    public static void main(String[] arguments) throws Exception {
        var folder = Files.createTempDirectory(
                Path.of(System.getProperty("bench.folder", System.getProperty("java.io.tmpdir"))), "live-");
        var report = new LiveReport();
        double dispatchSeconds = Double.parseDouble(argument(arguments, 0, DISPATCH_SECONDS));
        double crashSeconds = Double.parseDouble(argument(arguments, 1, CRASH_SECONDS));
        long seed = Long.parseLong(argument(arguments, 2, Long.toString(System.nanoTime())));
        int rounds = Integer.parseInt(argument(arguments, 3, ROUNDS));
        if (rounds > 0) {
            messages(folder, rounds, report);
        }
        if (dispatchSeconds > 0) {
            dispatches(folder, dispatchSeconds, report);
        }
        if (crashSeconds > 0) {
            System.out.println("seed of the crashes: " + seed);
            new Crashes(seed, folder.resolve("crashes"), Child.freePort()).run(crashSeconds, report);
        }
        System.exit(report.print() ? 0 : 1);
    }

    private static String argument(String[] arguments, int index, String otherwise) {
        return arguments.length > index ? arguments[index] : otherwise;
    }

    private static void messages(Path folder, int rounds, LiveReport report) throws IOException {
        int routerPort = Child.freePort();
        int echoPort = Child.freePort();
        try (var router = startRouter(folder.resolve("messages"), routerPort, SERIAL, PATIENT);
                var echo = Child.start(
                        StreamEcho.class,
                        echoPort,
                        folder.resolve("echo.log"),
                        options(SERIAL, "-Xmx512m"),
                        List.of(Integer.toString(echoPort)));
                var cost = new MessageCost(EXECUTORS, MESSAGES_PER_SECOND, routerPort, echoPort)) {
            System.out.printf(
                    Locale.ROOT,
                    "warm-up: echo %.1f us, router %.1f us of CPU for a message%n",
                    cost.ofEcho(echo, WARM_UP_SECONDS),
                    cost.ofRouter(router, WARM_UP_SECONDS));
            var ours = new ArrayList<Double>();
            var raw = new ArrayList<Double>();
            for (int round = 0; round < rounds; round++) {
                raw.add(cost.ofEcho(echo, MESSAGE_SECONDS));
                ours.add(cost.ofRouter(router, MESSAGE_SECONDS));
                System.out.printf(
                        Locale.ROOT,
                        "round %d: echo %.1f us, router %.1f us of CPU for a message%n",
                        round + 1,
                        raw.getLast(),
                        ours.getLast());
            }
            report.messages(median(ours), median(raw));
        }
    }

    private static void dispatches(Path folder, double seconds, LiveReport report) throws Exception {
        int port = Child.freePort();
        try (var router = startRouter(folder.resolve("dispatches"), port, AS_SHIPPED, PATIENT)) {
            new Dispatches(port, EXECUTORS).run(seconds, report);
            report.note("memory of the router process", router.residentBytes() / BYTES_OF_A_MIB, "MiB");
        }
    }

    /** @param flags of its JVM, its collector above all: serial costs the least, Z stops least */
    static Child startRouter(Path folder, int port, List<String> flags, List<String> settings) throws IOException {
        Files.createDirectories(folder);
        var arguments = new ArrayList<String>();
        for (String setting : List.of("router.port=" + port, "resonate.store=rocksdb:" + folder.resolve("resonate"))) {
            arguments.addAll(List.of("--set", setting));
        }
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return Child.start(LiveRouter.class, port, folder.resolve("router.log"), options(flags, "-Xmx1g"), arguments);
    }

    private static List<String> options(List<String> flags, String heap) {
        return Stream.concat(flags.stream(), Stream.of(heap)).toList();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
