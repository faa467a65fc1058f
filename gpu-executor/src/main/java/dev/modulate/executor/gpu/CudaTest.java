package dev.modulate.executor.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Tests a GPU with {@link CudaProbeMain} in a process of its own: a sick device may hang whoever touches it, and a CUDA
 * context would stay in the executor.
 */
final class CudaTest implements DeviceTest {
    private static final int WORDS_MAX = 500;

    private final String library;
    private final Duration patience;

    /** @param library of CUDA's driver API: a name the linker finds, or a path */
    CudaTest(String library, Duration patience) {
        this.library = library;
        this.patience = patience;
    }

    @Override
    public CompletableFuture<String> run(String deviceId) {
        var result = new CompletableFuture<String>();
        Thread.ofVirtual().name("gpu-test").start(() -> result.complete(probe(deviceId)));
        return result;
    }

    private String probe(String deviceId) {
        try {
            var builder = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            CudaProbeMain.class.getName(),
                            library))
                    .redirectErrorStream(true);
            builder.environment().put("CUDA_VISIBLE_DEVICES", deviceId);
            return outcome(builder.start());
        } catch (IOException e) {
            return "the test of the device cannot be started: " + e.getMessage();
        }
    }

    private String outcome(Process process) {
        var words = new CompletableFuture<String>();
        Thread.ofVirtual().name("gpu-test-words").start(() -> words.complete(words(process)));
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return "a test of the device did not end within " + patience.toSeconds() + " s";
            }
            return process.exitValue() == 0 ? "" : "a test of the device failed: " + words.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "a test of the device was cut off";
        } finally {
            process.destroyForcibly();
        }
    }

    private static String words(Process process) {
        try {
            return new String(process.getInputStream().readNBytes(WORDS_MAX), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "its words were lost: " + e.getMessage();
        }
    }
}
