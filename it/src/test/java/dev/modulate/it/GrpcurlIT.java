package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Processes;
import dev.modulate.observability.link.Stubs;
import dev.modulate.registry.v1.RetryPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code docs/operations.md} tells an operator to type, typed. */
@Timeout(900)
class GrpcurlIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int COMMANDS_MIN = 10;

    @Test
    void everyCommandOfTheDocumentationWorksByReflectionOnly() throws IOException {
        var commands = Document.OPERATIONS.commands("grpcurl");
        assertThat(commands).hasSizeGreaterThanOrEqualTo(COMMANDS_MIN).noneMatch(line -> line.contains("-proto"));
        var folder =
                Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "grpcurl-");
        try (var processes = new Processes(folder.resolve("logs"));
                var stubs = new Stubs()) {
            var tools = Grpcurl.folder(processes);
            try (var up = UpProcess.start(folder, List.of("--set", "executor.node-id=node-1"))) {
                await("the platform is ready").atMost(PATIENCE).until(up::ready);
                prepare(new PlatformClient(stubs, up.port()));

                var outputs = new HashMap<String, String>();
                commands.forEach(line -> outputs.put(called(line), run(processes, tools, line, up.port())));

                assertThat(outputs).isNotEmpty().allSatisfy(GrpcurlIT::assertMeaning);
            }
        }
    }

    /** What the page takes for granted: a function, and a call that has used up its attempts. */
    private static void prepare(PlatformClient client) {
        client.deploy("hello", Repository.read(Repository.ROOT.resolve("examples/hello/app.py")));
        client.deploy(
                "broken",
                "def handler(event, context):\n    raise ValueError('on purpose')\n",
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder().setAttemptCountMax(1)));
        client.invoke(PlatformClient.invokeRequest("broken-1", "broken", "{}").build());
    }

    /** The method of a line, or its last word. */
    private static String called(String line) {
        String last = line.substring(line.lastIndexOf(' ') + 1);
        return last.substring(last.lastIndexOf('/') + 1);
    }

    private static String run(Processes processes, Path tools, String line, int port) {
        var run = Program.run(
                processes,
                List.of("sh", "-c", line.replace("127.0.0.1:8080", "127.0.0.1:" + port)),
                Repository.ROOT,
                Map.of("PATH", tools + ":" + System.getenv("PATH")),
                PATIENCE);
        return run.stdout();
    }

    private static void assertMeaning(String called, String output) {
        assertThat(output)
                .as(called)
                .contains(
                        switch (called) {
                            case "list" ->
                                List.of(
                                        "modulate.invocation.v1.InvocationService",
                                        "modulate.registry.v1.RegistryService",
                                        "modulate.router.v1.NodeService",
                                        "grpc.health.v1.Health");
                            case "modulate.router.v1.NodeService" -> List.of("rpc DrainNode");
                            case "Check" -> List.of("SERVING");
                            case "ListNodes" -> List.of("nodes/node-1", "STATE_ACTIVE");
                            case "DrainNode" -> List.of("nodes/node-1", "STATE_DRAIN");
                            case "UndrainNode" -> List.of("nodes/node-1", "STATE_ACTIVE");
                            case "ExplainPlacement" -> List.of("nodes/node-1", "\"feasible\": true");
                            case "ListFunctions" -> List.of("functions/hello", "functions/broken");
                            case "InvokeFunction", "GetInvocation", "CancelInvocation" ->
                                List.of("invocations/job-1", "STATE_SUCCEEDED");
                            case "ListInvocations" -> List.of("invocations/broken-1", "FUNCTION_ERROR");
                            default -> throw new AssertionError("say here what " + called + " must answer");
                        });
    }
}
