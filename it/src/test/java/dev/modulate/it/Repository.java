package dev.modulate.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The checkout the tests run in. */
final class Repository {
    /** The folder that holds {@code mvnw}. */
    static final Path ROOT = find(Path.of("").toAbsolutePath());

    private Repository() {}

    /** The hand-written Java files of all modules below {@code MODULE/src}. */
    static List<Path> javaFiles() {
        var files = new ArrayList<Path>();
        for (Path module : modules()) {
            try (Stream<Path> below = Files.walk(module.resolve("src"))) {
                below.filter(path -> path.toString().endsWith(".java")).forEach(files::add);
            } catch (IOException e) {
                throw new IllegalStateException("cannot list " + module, e);
            }
        }
        return files;
    }

    /** Folders with a {@code pom.xml} and sources. */
    static List<Path> modules() {
        try (Stream<Path> folders = Files.list(ROOT)) {
            return folders.filter(folder ->
                            Files.exists(folder.resolve("pom.xml")) && Files.isDirectory(folder.resolve("src")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("cannot list " + ROOT, e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
    }

    private static Path find(Path start) {
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("mvnw"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no checkout around " + start);
    }
}
