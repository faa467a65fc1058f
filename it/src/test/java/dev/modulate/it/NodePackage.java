package dev.modulate.it;

import dev.modulate.it.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Programs for Node with a {@code package.json} and a lock file, copied out of the sources so that npm can install beside them. */
final class NodePackage {
    private static final Path TARGET = Repository.ROOT.resolve("it/target");
    private static final String LOCK = "package-lock.json";

    private final Path folder;

    private NodePackage(Path folder) {
        this.folder = folder;
    }

    /**
     * Skips the test when there is no Node. Loads what the lock file names, over the network the first time only.
     *
     * @param sources folder of the programs, in the repository
     */
    static NodePackage installed(Processes processes, String sources) {
        Program.need("node");
        Program.need("npm");
        try {
            return install(processes, Repository.ROOT.resolve(sources));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NodePackage install(Processes processes, Path source) throws IOException {
        var folder = Files.createDirectories(TARGET.resolve("npm-" + source.getFileName()));
        copy(source, folder);
        var lock = Repository.read(source.resolve(LOCK));
        var installed = folder.resolve("node_modules/.installed");
        if (!Files.exists(installed) || !Repository.read(installed).equals(lock)) {
            var command = List.of("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
            Program.run(processes, command, folder, Map.of(), Program.SET_UP);
            Files.writeString(installed, lock);
        }
        return new NodePackage(folder);
    }

    private static void copy(Path source, Path folder) throws IOException {
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Where the programs run. */
    Path folder() {
        return folder;
    }

    /** The Node that the package brings, or the one on the {@code PATH}. */
    String node() {
        var own = folder.resolve("node_modules/node/bin/node");
        return Files.isExecutable(own) ? own.toString() : "node";
    }
}
