package dev.modulate.it.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** A file to which functions append a line for each execution, so that executions can be counted. */
public record Marks(Path file) {
    /**
     * A Python statement, on one line, that leaves a mark.
     *
     * @param text a Python expression
     */
    public String python(String text) {
        return "open('" + file + "', 'a').write(" + text + " + '\\n')";
    }

    public long of(String mark) {
        return all().stream().filter(mark::equals).count();
    }

    public List<String> all() {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
