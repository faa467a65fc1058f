package dev.modulate.bench;

import dev.modulate.cli.up.UpMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** How long a command takes against a running platform, beside {@code java -version}: {@code bench/run commands}. */
public final class CommandBench {
    private static final int RUNS = 15;
    private static final double RATIO_MAX = 22;

    private CommandBench() {}

    /** Run from the root of the project, where the script lies. */
    public static void main(String[] arguments) throws Exception {
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        int port = Child.freePort();
        var options = List.of("-XX:+UseSerialGC", "-Xmx512m");
        var platform = List.of(
                "--data",
                folder.resolve("data").toString(),
                "--port",
                "" + port,
                "--set",
                "resonate.port=" + Child.freePort());
        var script = Path.of("modulate").toAbsolutePath().toString();
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        double ratio;
        try (var up = Child.start(UpMain.class, port, folder.resolve("up.log"), options, platform)) {
            long idleBytes = up.residentBytes();
            var environment = Map.of("MODULATE_ENDPOINT", "http://127.0.0.1:" + port);
            run(List.of(script, "functions"), environment); // Trains the cache of classes if there is none.
            double version = medianMillis(List.of(java, "-version"), Map.of());
            double command = medianMillis(List.of(script, "functions"), environment);
            ratio = command / version;
            System.out.printf(
                    "java -version %.0f ms, modulate functions %.0f ms: %.1f times (at most %.0f); platform holds %d MiB%n",
                    version, command, ratio, RATIO_MAX, idleBytes >> 20);
        }
        System.exit(ratio <= RATIO_MAX ? 0 : 1);
    }

    private static double medianMillis(List<String> command, Map<String, String> environment) throws Exception {
        double[] samples = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            run(command, environment);
            samples[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(samples);
        return samples[RUNS / 2];
    }

    private static void run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        if (code != 0) {
            throw new IOException(command + " ended with " + code);
        }
    }
}
