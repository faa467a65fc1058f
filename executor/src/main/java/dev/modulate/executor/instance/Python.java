package dev.modulate.executor.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The Python interpreter of this node and the file that runs functions in it.
 *
 * @param executable the interpreter itself: a {@code python3} on the path may be a shell script that costs more than the start of Python
 */
public record Python(Path executable, Path bootstrap) {
    private static final String BOOTSTRAP = "bootstrap.py";
    private static final int ASK_SECONDS_MAX = 20;

    /**
     * @param command path or name of an interpreter
     * @param folder where the bootstrap is put
     * @throws IOException when there is no such interpreter, with its words
     */
    public static Python find(String command, Path folder) throws IOException {
        var process = ask(command);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            if (!process.waitFor(ASK_SECONDS_MAX, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("executor.python: \"" + command + "\" is no Python: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return new Python(Path.of(said), writeBootstrap(folder));
    }

    private static Process ask(String command) throws IOException {
        try {
            return new ProcessBuilder(List.of(command, "-c", "import sys; print(sys.executable)"))
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new IOException("executor.python: \"" + command + "\" cannot be run: " + e.getMessage(), e);
        }
    }

    private static Path writeBootstrap(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path target = folder.resolve(BOOTSTRAP).toAbsolutePath();
        Path fresh = Files.createTempFile(folder, BOOTSTRAP, ".new");
        try (var resource = Python.class.getResourceAsStream(BOOTSTRAP)) {
            if (resource == null) {
                throw new UncheckedIOException(new IOException(BOOTSTRAP + " is not on the class path"));
            }
            Files.copy(resource, fresh, StandardCopyOption.REPLACE_EXISTING);
        }
        return Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
