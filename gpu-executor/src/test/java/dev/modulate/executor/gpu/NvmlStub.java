package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A library of {@code src/test/c}, built into a folder, and the words that say what is wrong with it. */
final class NvmlStub {
    private static final Path SOURCES = Path.of("src/test/c");
    private static final int BUILD_SECONDS_MAX = 60;

    private final Path folder;
    private final Path library;

    private NvmlStub(Path folder, Path library) {
        this.folder = folder;
        this.library = library;
    }

    static NvmlStub current(Path folder) {
        return build(folder, "nvml", List.of());
    }

    /** CUDA's driver API instead. */
    static NvmlStub cuda(Path folder) {
        return build(folder, "cuda", List.of());
    }

    /** As of a driver that knows none of the newer calls. */
    static NvmlStub old(Path folder) {
        return build(folder, "nvml", List.of("-DSTUB_OLD"));
    }

    private static NvmlStub build(Path folder, String name, List<String> more) {
        assumeTrue(
                ccExists(),
                "skipped: the stub of NVIDIA's libraries needs a C compiler, and there is no cc on the PATH");
        var library = folder.resolve("lib" + name + "-stub.so");
        var command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-Wall", "-Werror"));
        command.addAll(more);
        command.addAll(List.of(
                "-DSTUB_CONTROL=\"" + folder.resolve("control") + "\"",
                "-o",
                library.toString(),
                SOURCES.resolve(name + "_stub.c").toAbsolutePath().toString()));
        try {
            var compiler = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("cc.log").toFile())
                    .start();
            assertThat(compiler.waitFor(BUILD_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            assertThat(compiler.exitValue())
                    .as(() -> read(folder.resolve("cc.log")))
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new NvmlStub(folder, library);
    }

    private static boolean ccExists() {
        return List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .anyMatch(entry -> Files.isExecutable(Path.of(entry, "cc")));
    }

    /** What is wrong from now on; nothing when there are no words. In one step, as the library reads it all the time. */
    void say(String... words) {
        try {
            var written = Files.writeString(folder.resolve("control.new"), String.join("\n", words));
            Files.move(written, folder.resolve("control"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    GpuSettings settings() {
        return settings(library.toString());
    }

    static GpuSettings settings(String library) {
        return settings(library, 0);
    }

    GpuSettings expecting(int gpus) {
        return settings(library.toString(), gpus);
    }

    private static GpuSettings settings(String library, int expectedGpus) {
        return new GpuSettings(
                GpuSettings.Simulated.NONE, library, "libcuda.so.1", expectedGpus, "", Duration.ofMillis(100));
    }

    String library() {
        return library.toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
