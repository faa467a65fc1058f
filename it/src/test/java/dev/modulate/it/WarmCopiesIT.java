package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of functions that are loaded before a call is bound to them. Two simulated GPUs of 24 GiB, two slots. */
@Timeout(300)
class WarmCopiesIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long GIB = 1L << 30;

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;
    private static Commands commands;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(
                folder.resolve("data"),
                Map.of(
                        "gpu-executor.simulated-gpus", "2",
                        "gpu-executor.simulated-memory", "24GiB",
                        "executor.slots", "2",
                        "router.background-loads", "100"));
        client = platform.client();
        commands = new Commands(platform.port());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    /** Leaves the number of its process when it loads; each call answers it, and waits for a file when it is told one. */
    private static String source(Marks marks) {
        return """
                import os, time

                %s

                def handler(event, context):
                    end = time.monotonic() + 60
                    while "go" in event and time.monotonic() < end and not os.path.exists(event["go"]):
                        time.sleep(0.02)
                    return os.getpid()
                """.formatted(marks.python("str(os.getpid())"));
    }

    private static UnaryOperator<FunctionSpec.Builder> memory(long bytes) {
        return spec -> spec.setResources(ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder().setDeviceMemoryBytes(bytes)));
    }

    private static String waitsFor(Path file) {
        return "{\"go\": \"" + file + "\"}";
    }

    private static String output(Invocation invocation) {
        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }

    private static double started(String warmth) {
        return platform.scrape().sum("modulate_router_placements_total", "reason=\"" + warmth + "\"");
    }

    @Test
    void aBusyFunctionsSecondCopyIsLoadedWhileItsCallWaitsAndTheCallStartsWarm() throws IOException {
        var copies = new Marks(folder.resolve("busy"));
        var go = folder.resolve("busy-go");
        var otherGo = folder.resolve("other-go");
        client.deploy("busy", source(copies), memory(16 * GIB));
        client.deploy("other", source(new Marks(folder.resolve("other"))), memory(4 * GIB));
        client.create("busy-1", "busy", waitsFor(go));
        client.create("other-1", "other", waitsFor(otherGo));
        await().atMost(AT_MOST).until(() -> running("busy-1") && running("other-1"));
        client.create("busy-2", "busy", "{}");

        await("a second copy is loaded beside the other function")
                .atMost(AT_MOST)
                .until(() -> copies.all().size() == 2);
        assertThat(client.get("invocations/busy-2").getState()).isEqualTo(Invocation.State.STATE_PENDING);
        await().atMost(AT_MOST)
                .until(() ->
                        platform.scrape().sum("modulate_router_loads_total", "kind=\"background\",outcome=\"resident\"")
                                == 1);
        double warmBefore = started("idle");
        Files.createFile(otherGo);

        assertThat(output(client.await("invocations/busy-2")))
                .isEqualTo(copies.all().getLast());
        assertThat(started("idle") - warmBefore).isEqualTo(1);
        Files.createFile(go);
        assertThat(output(client.await("invocations/busy-1")))
                .isEqualTo(copies.all().getFirst());
        assertThat(copies.all()).hasSize(2);
    }

    private static boolean running(String id) {
        return client.get("invocations/" + id).getState() == Invocation.State.STATE_RUNNING;
    }

    @Test
    void aPinnedFunctionIsWarmBeforeItsFirstCallAndExplainSaysSo() throws IOException {
        var copies = new Marks(folder.resolve("pinned"));
        deployByCommand("pinned", source(copies), "8GiB", 1);

        await("its copy is loaded, and kept")
                .atMost(AT_MOST)
                .until(() -> explained("pinned").getPinned().getKeptCount() == 1);
        assertThat(copies.all()).hasSize(1);
        assertThat(commands.run("explain", "pinned"))
                .contains("pinned: 1 of 1 kept, 0 loading")
                .contains("warmth: IDLE");

        assertThat(output(client.invoke("pinned", "{}"))).isEqualTo(copies.all().getFirst());
        assertThat(copies.all()).hasSize(1);

        deployByCommand("greedy", source(new Marks(folder.resolve("greedy"))), "20GiB", 1);
        await("what is beyond the quota says so")
                .atMost(AT_MOST)
                .untilAsserted(() -> assertThat(commands.run("explain", "greedy"))
                        .contains("pinned: 0 of 1 kept, 0 loading: pin quota: " + 8 * GIB + " of at most " + 24 * GIB
                                + " bytes"));
        assertThat(new Marks(folder.resolve("greedy")).all()).isEmpty();
        for (String name : List.of("pinned", "greedy")) {
            client.registry()
                    .deleteFunction(DeleteFunctionRequest.newBuilder()
                            .setName("functions/" + name)
                            .build());
        }
    }

    private static ExplainPlacementResponse explained(String function) {
        return client.nodes()
                .explainPlacement(ExplainPlacementRequest.newBuilder()
                        .setFunction(PlatformClient.target(function, "").getFunction())
                        .build());
    }

    private static void deployByCommand(String name, String source, String memory, int pinned) throws IOException {
        var code = Files.createDirectories(folder.resolve(name + "-code"));
        Files.writeString(code.resolve("app.py"), source);
        commands.run("deploy", name, code.toString(), "--gpu-memory", memory, "--pinned", Integer.toString(pinned));
    }
}
