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

/** The library of {@code src/test/c/nvml_stub.c}, built into a folder, and the words that say what is wrong with it. */
final class NvmlStub {
    private static final Path SOURCE = Path.of("src/test/c/nvml_stub.c");
    private static final int BUILD_SECONDS_MAX = 60;

    private final Path folder;
    private final Path library;

    private NvmlStub(Path folder, Path library) {
        this.folder = folder;
        this.library = library;
    }

    static NvmlStub current(Path folder) {
        return build(folder, List.of());
    }

    /** As of a driver that knows none of the newer calls. */
    static NvmlStub old(Path folder) {
        return build(folder, List.of("-DSTUB_OLD"));
    }

    private static NvmlStub build(Path folder, List<String> more) {
        assumeTrue(ccExists(), "skipped: the NVML stub needs a C compiler, and there is no cc on the PATH");
        var library = folder.resolve("libnvml-stub.so");
        var command = new ArrayList<>(List.of("cc", "-shared", "-fPIC", "-Wall", "-Werror"));
        command.addAll(more);
        command.addAll(List.of(
                "-DSTUB_CONTROL=\"" + folder.resolve("control") + "\"",
                "-o",
                library.toString(),
                SOURCE.toAbsolutePath().toString()));
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
        return new GpuSettings(0, 1, "gpu", library, Duration.ofMillis(100));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
