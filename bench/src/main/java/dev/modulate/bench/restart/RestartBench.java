package dev.modulate.bench.restart;

import dev.modulate.bench.Child;
import dev.modulate.resonate.store.RocksStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Start of a Resonate server on RocksDB with many promises: time to its first answer, and memory after it was read from at
 * random. {@code bench/run restart [millions of settled promises]}; 100,000 are pending.
 */
public final class RestartBench {
    private static final long PENDING = 100_000;
    private static final long MILLION = 1_000_000;
    private static final double SECONDS_MAX = 10;
    private static final long RESIDENT_MIB_MAX = 600;

    /** More settled promises may cost as much as their tables' open files and caches take. */
    private static final long GROWTH_MIB_MAX = 100;

    private static final int READS = 20_000;

    /** The same at every size: a heap that grows with what is settled would end the run. */
    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-Xmx320m");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path folder;
    private boolean met = true;

    private RestartBench(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        long millions = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1;
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        var bench = new RestartBench(folder);
        bench.fill(0, MILLION);
        long residentMib = bench.start(MILLION);
        if (millions > 1) {
            bench.fill(MILLION, millions * MILLION);
            long grown = bench.start(millions * MILLION) - residentMib;
            bench.check(grown <= GROWTH_MIB_MAX, "memory grows by " + grown + " MiB (at most " + GROWTH_MIB_MAX + ")");
        }
        System.exit(bench.met ? 0 : 1);
    }

    private void fill(long from, long to) {
        long start = System.nanoTime();
        try (var store = RocksStore.open(folder.resolve("store"))) {
            store.recover(entry -> {});
            var filling = new Filling(store, System.currentTimeMillis());
            filling.settled(from, to);
            if (from == 0) {
                filling.pending(PENDING);
            }
        }
        System.out.printf("stored %,d more settled promises in %.0f s%n", to - from, seconds(start));
    }

    /** Memory in MiB. */
    private long start(long settled) throws IOException, InterruptedException {
        int port = Child.freePort();
        long start = System.nanoTime();
        var arguments = List.of(folder.resolve("store").toString(), Integer.toString(port));
        try (var server = Child.start(ServerMain.class, port, folder.resolve("server.log"), OPTIONS, arguments)) {
            read(port, 0);
            double seconds = seconds(start);
            double cpuSeconds = server.cpuSeconds();
            long freshMib = server.residentBytes() >> 20;
            var random = new Random(2);
            for (int i = 0; i < READS; i++) {
                read(port, random.nextLong(settled));
            }
            long residentMib = server.residentBytes() >> 20;
            System.out.printf(
                    "%,d settled and %,d pending, %d MiB on disk: first answer after %.1f s (%.1f s of CPU), %d MiB resident, %d MiB after %,d reads%n",
                    settled, PENDING, diskBytes() >> 20, seconds, cpuSeconds, freshMib, residentMib, READS);
            check(seconds <= SECONDS_MAX, "first answer after %.1f s (at most %.0f)".formatted(seconds, SECONDS_MAX));
            check(residentMib <= RESIDENT_MIB_MAX, residentMib + " MiB resident (at most " + RESIDENT_MIB_MAX + ")");
            return residentMib;
        }
    }

    private void read(int port, long number) throws IOException, InterruptedException {
        String body =
                "{\"kind\":\"promise.get\",\"head\":{\"corrId\":\"b\",\"version\":\"2026-04-01\"},\"data\":{\"id\":\""
                        + Filling.settledId(number) + "\"}}";
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        var response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("promise.get: " + response.statusCode() + " " + response.body());
        }
    }

    private long diskBytes() throws IOException {
        try (var files = Files.list(folder.resolve("store"))) {
            long bytes = 0;
            for (var file : files.toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        }
    }

    private static double seconds(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    private void check(boolean ok, String what) {
        met &= ok;
        System.out.println((ok ? "met: " : "MISSED: ") + what);
    }
}
