package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code modulate explain}, on a CPU node and one with a simulated GPU of 24 GiB, one slot each. */
@Timeout(300)
class ExplainIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long GIB = 1L << 30;
    private static final String NUMBER = "def handler(event, context):\n    return 1\n";

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
                        "gpu-executor.simulated-gpus", "1",
                        "gpu-executor.simulated-memory", "24GiB",
                        "executor.slots", "1"));
        client = platform.client();
        commands = new Commands(platform.port());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    /** The line of one node. */
    private static String line(String explained, String pool) {
        return explained
                .lines()
                .filter(line -> line.contains("-" + pool + " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError(explained));
    }

    @Test
    void saysOfEachNodeWhyItIsNotTheOne() {
        client.deploy(
                "labelled",
                NUMBER,
                spec -> spec.setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "moon")));
        client.deploy(
                "ruled",
                NUMBER,
                spec -> spec.setPlacement(Placement.newBuilder().setRule("node.pool == \"gpu\"")));
        client.deploy("large", NUMBER, spec -> gpu(spec, 30 * GIB));

        var labelled = commands.run("explain", "labelled");
        assertThat(line(labelled, "cpu")).contains(" no ").contains("label zone is not moon");
        assertThat(line(labelled, "gpu"))
                .contains(" no ")
                .contains("pool: gpu (needs cpu)")
                .contains("label zone");
        var ruled = commands.run("explain", "ruled");
        assertThat(line(ruled, "gpu"))
                .contains(" yes ")
                .contains("warmth: COLD")
                .contains("slots: 1 of 1 free");
        assertThat(line(ruled, "cpu")).contains(" no ").contains("the rule node.pool == \"gpu\" does not allow it");
        assertThat(line(commands.run("explain", "large"), "gpu"))
                .contains(" no ")
                .contains("devices with " + 30 * GIB + " bytes: 0");
    }

    private static FunctionSpec.Builder gpu(FunctionSpec.Builder spec, long bytes) {
        return spec.setResources(ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder().setDeviceMemoryBytes(bytes)));
    }

    @Test
    void saysWhereACallIsAndWhatItWaitedForAndWaitsFor() throws IOException {
        var go = folder.resolve("go");
        client.deploy("slow", """
                import os, time

                def handler(event, context):
                    end = time.monotonic() + 60
                    while time.monotonic() < end and not os.path.exists(event["go"]):
                        time.sleep(0.02)
                    return 1
                """, spec -> gpu(spec, GIB));
        String input = "{\"go\": \"" + go + "\"}";
        client.create("first", "slow", input);
        await().atMost(AT_MOST).until(() -> state("first") == Invocation.State.STATE_RUNNING);
        client.create("second", "slow", input);

        assertThat(commands.run("explain", "first", "--invocation"))
                .contains("node: " + gpuNode())
                .containsPattern("waited: queue: \\d+\\.\\d{3} s, start \\(COLD\\): \\d+\\.\\d{3} s, run: .* so far");
        await().atMost(AT_MOST)
                .untilAsserted(() -> assertThat(commands.run("explain", "second", "--invocation"))
                        .contains("waits for: a node with room (position 1)")
                        .containsPattern("waited: queue: \\d+")
                        .contains("all 1 slots are taken"));
        Files.createFile(go);
        client.await("invocations/first");
        client.await("invocations/second");

        await().atMost(AT_MOST)
                .untilAsserted(() -> assertThat(commands.run("explain", "second", "--invocation"))
                        .isEqualToIgnoringNewLines("ended: SUCCEEDED on " + gpuNode() + ", attempt 1"));
    }

    private static Invocation.State state(String id) {
        return client.get("invocations/" + id).getState();
    }

    private static String gpuNode() {
        String node = client.get("invocations/first").getNode();
        return node.substring(node.indexOf('/') + 1);
    }

    @Test
    void saysThatANodeIsDrained() {
        client.deploy("anywhere", NUMBER);
        String node = line(commands.run("nodes"), "cpu").split(" ", 2)[0];

        commands.run("drain", node);

        assertThat(line(commands.run("explain", "anywhere"), "cpu"))
                .contains(" no ")
                .contains("node is DRAINED");
        commands.run("undrain", node);
        await().atMost(AT_MOST)
                .untilAsserted(() -> assertThat(line(commands.run("explain", "anywhere"), "cpu"))
                        .contains(" yes "));
    }
}
