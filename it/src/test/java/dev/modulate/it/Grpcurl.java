package dev.modulate.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.modulate.it.process.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The real grpcurl: the one on the {@code PATH}, else one built into {@code target}. */
final class Grpcurl {
    private static final String MODULE = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4";

    private Grpcurl() {}

    /**
     * Skips the test when there is neither grpcurl nor Go.
     *
     * @return the folder it lies in
     */
    static Path folder(Processes processes) {
        var found = Program.find("grpcurl");
        if (found.isPresent()) {
            return found.get().resolveSibling("");
        }
        var tools = Repository.ROOT.resolve("it/target/tools");
        if (!Files.isExecutable(tools.resolve("grpcurl"))) {
            var go = Program.find("go");
            assumeTrue(go.isPresent(), "skipped: neither grpcurl nor go is on the PATH");
            Program.run(
                    processes,
                    List.of(go.orElseThrow().toString(), "install", MODULE),
                    Repository.ROOT,
                    Map.of("GOBIN", tools.toString()),
                    Program.SET_UP);
        }
        return tools;
    }
}
