package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Processes;
import dev.modulate.observability.link.Stubs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program in another language that has no file of ours: it learns every message by reflection. */
@Timeout(600)
class NodeClientIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final List<String> FILES = List.of("package.json", "package-lock.json", "client.js");

    private static final String SPEAK = """
            def handler(event, context):
                for word in event["words"]:
                    context.emit(word + " ")
                return {"words": len(event["words"])}
            """;

    @Test
    void aNodeClientCallsAndFollowsByReflection() throws IOException {
        assumeTrue(Program.find("node").isPresent(), "skipped: node is not on the PATH");
        assumeTrue(Program.find("npm").isPresent(), "skipped: npm is not on the PATH");
        var target = Repository.ROOT.resolve("it/target");
        var client = Files.createDirectories(target.resolve("node-client"));
        var folder = Files.createTempDirectory(target, "node-");
        try (var up = UpProcess.start(folder, List.of());
                var processes = new Processes(folder.resolve("logs"));
                var stubs = new Stubs()) {
            install(processes, client);
            await("the platform is ready").atMost(PATIENCE).until(up::ready);
            new PlatformClient(stubs, up.port()).deploy("speak", SPEAK);

            var run = Program.run(
                    processes,
                    List.of("node", "client.js", "127.0.0.1:" + up.port(), "speak"),
                    client,
                    Map.of(),
                    PATIENCE);

            assertThat(run.stdout().lines())
                    .contains("{\"state\":\"STATE_SUCCEEDED\",\"output\":{\"words\":1}}")
                    .contains("{\"streamed\":\"two three \"}")
                    .contains("{\"event\":\"STATE_SUCCEEDED\"}")
                    .anyMatch(line -> line.contains("modulate.invocation.v1.InvocationService")
                            && line.contains("modulate.registry.v1.RegistryService")
                            && line.contains("modulate.router.v1.NodeService"))
                    .anyMatch(line -> line.contains("\"refused\":\"NOT_FOUND\"") && line.contains("nobody-wrote"));
        }
    }

    /** Needs the network the first time only. */
    private static void install(Processes processes, Path client) throws IOException {
        var lock = Repository.read(source("package-lock.json"));
        var installed = client.resolve("node_modules/.installed");
        for (String file : FILES) {
            Files.copy(source(file), client.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(installed) && Repository.read(installed).equals(lock)) {
            return;
        }
        Program.run(
                processes,
                List.of("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"),
                client,
                Map.of(),
                Program.SET_UP);
        Files.writeString(installed, lock);
    }

    private static Path source(String file) {
        return Repository.ROOT.resolve("it/src/test/resources/node-client").resolve(file);
    }
}
