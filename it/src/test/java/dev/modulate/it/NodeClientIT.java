package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Processes;
import dev.modulate.observability.link.Stubs;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program in another language that has no file of ours: it learns every message by reflection. */
@Timeout(600)
class NodeClientIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String SPEAK = """
            def handler(event, context):
                for word in event["words"]:
                    context.emit(word + " ")
                return {"words": len(event["words"])}
            """;

    @Test
    void aNodeClientCallsAndFollowsByReflection() throws IOException {
        Program.need("node");
        Program.need("npm");
        var target = Repository.ROOT.resolve("it/target");
        var folder = Files.createTempDirectory(Files.createDirectories(target), "node-");
        try (var up = UpProcess.start(folder, List.of());
                var processes = new Processes(folder.resolve("logs"));
                var stubs = new Stubs()) {
            var client = NodePackage.installed(processes, "it/src/test/resources/node-client");
            await("the platform is ready").atMost(PATIENCE).until(up::ready);
            new PlatformClient(stubs, up.port()).deploy("speak", SPEAK);

            var run = Program.run(
                    processes,
                    List.of(client.node(), "client.js", "127.0.0.1:" + up.port(), "speak"),
                    client.folder(),
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
}
