package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.v1.Device;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.router.v1.ListNodesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Functions on simulated GPUs: two of 24 GiB. */
@Timeout(300)
class SimulatedGpuIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long GIB = 1L << 30;
    private static final String LENGTH = "def handler(event, context):\n    return len(event)\n";

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(
                folder.resolve("data"),
                Map.of(
                        "gpu-executor.simulated-gpus", "2",
                        "gpu-executor.simulated-memory", "24GiB",
                        "executor.labels", "zone=earth"));
        client = platform.client();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void aFunctionSeesTheOneDeviceItWasGiven() {
        client.deploy("see", source("seen", "seen-go"), memory(8 * GIB));
        touch("seen-go");

        var invocation = client.invoke("see", "{}");

        assertThat(deviceIds()).hasSize(2).contains(visible(invocation));
        assertThat(invocation.getNode()).endsWith("-gpu");
    }

    @Test
    void aFunctionWithoutDevicesSeesNone() {
        client.deploy("blind", source("blind", "blind-go"));
        touch("blind-go");

        var invocation = client.invoke("blind", "{}");

        assertThat(visible(invocation)).isEmpty();
        assertThat(invocation.getNode()).endsWith("-cpu");
    }

    @Test
    void functionsThatNeedMoreThanADeviceHasDoNotShareIt() {
        var begun = new Marks(folder.resolve("large"));
        for (String id : List.of("large-a", "large-b", "large-c")) {
            client.deploy(id, source("large", id + "-go"), memory(16 * GIB));
        }
        client.create("a", "large-a", "{}");
        client.create("b", "large-b", "{}");
        await().atMost(AT_MOST).until(() -> begun.all().size() == 2);
        client.create("c", "large-c", "{}");

        assertThat(Set.copyOf(begun.all())).isEqualTo(deviceIds());
        assertThat(client.get("invocations/c").getState()).isEqualTo(State.STATE_PENDING);

        touch("large-a-go");
        String freed = visible(client.await("invocations/a"));
        touch("large-c-go");
        assertThat(visible(client.await("invocations/c"))).isEqualTo(freed);
        touch("large-b-go");
        assertThat(visible(client.await("invocations/b"))).isNotEqualTo(freed);
    }

    @Test
    void aFunctionOfTwoDevicesGetsBoth() {
        client.deploy("both", source("both", "both-go"), spec -> spec.setResources(accelerator(24 * GIB, 2)));
        touch("both-go");

        assertThat(visible(client.invoke("both", "{}")).split(",")).containsExactlyInAnyOrderElementsOf(deviceIds());
    }

    @Test
    void aRuleSendsLargeInputsToAnotherPool() {
        client.deploy(
                "ruled",
                LENGTH,
                spec -> spec.setPlacement(Placement.newBuilder()
                        .setRule("input.size_bytes > 100 ? node.pool == \"gpu\" : node.pool == \"cpu\"")));

        assertThat(client.invoke("ruled", "\"small\"").getNode()).endsWith("-cpu");
        assertThat(client.invoke("ruled", "\"" + "x".repeat(200) + "\"").getNode())
                .endsWith("-gpu");
    }

    @Test
    void aCallMayDemandMoreThanItsFunctionDoes() {
        client.deploy("narrowed", LENGTH);
        var onGpuNodes = Placement.newBuilder().setRule("node.devices.size() > 0");

        var request =
                PlatformClient.invokeRequest("narrow-1", "narrowed", "\"ab\"").setPlacement(onGpuNodes);
        assertThat(client.invoke(request.build()).getNode()).endsWith("-gpu");

        var wrong = PlatformClient.invokeRequest("narrow-2", "narrowed", "\"ab\"")
                .setPlacement(Placement.newBuilder().setRule("node.altitude > 3"));
        assertThatThrownBy(() -> client.invoke(wrong.build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("1:5: undefined field 'altitude'");
    }

    @Test
    void aCallGoesWhereItsFunctionPrefersUnlessItPrefersAnotherPlace() {
        // Without a pool and with a rule, nodes of all pools are asked.
        client.deploy(
                "preferring",
                LENGTH,
                spec -> spec.setPlacement(
                        Placement.newBuilder().setRule("true").setPreferredRule("node.pool == \"gpu\"")));
        var elsewhere = Placement.newBuilder().setPreferredRule("node.pool == \"cpu\"");

        assertThat(client.invoke("preferring", "\"ab\"").getNode()).endsWith("-gpu");
        var request =
                PlatformClient.invokeRequest("prefer-1", "preferring", "\"ab\"").setPlacement(elsewhere);
        assertThat(client.invoke(request.build()).getNode())
                .as("with a copy on the other node")
                .endsWith("-gpu");
        client.deploy(
                "preferring-more",
                LENGTH,
                spec -> spec.setPlacement(
                        Placement.newBuilder().setRule("true").setPreferredRule("node.pool == \"gpu\"")));
        var cold = PlatformClient.invokeRequest("prefer-2", "preferring-more", "\"ab\"")
                .setPlacement(elsewhere);
        assertThat(client.invoke(cold.build()).getNode()).endsWith("-cpu");
    }

    @Test
    void aCallMayNameItsPoolAndDemandLabels() {
        client.deploy("anywhere", LENGTH);

        var pooled = PlatformClient.invokeRequest("pool-1", "anywhere", "\"ab\"")
                .setPlacement(Placement.newBuilder().setPool("gpu"));
        assertThat(client.invoke(pooled.build()).getNode()).endsWith("-gpu");
        var labelled = PlatformClient.invokeRequest("label-1", "anywhere", "\"ab\"")
                .setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "earth"));
        assertThat(client.invoke(labelled.build()).getNode()).endsWith("-cpu");
        client.deploy(
                "labelled",
                LENGTH,
                spec -> spec.setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "earth")));
        var contradicting = PlatformClient.invokeRequest("label-2", "labelled", "\"ab\"")
                .setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "moon"));
        assertThatThrownBy(() -> client.invoke(contradicting.build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("placement.required_node_labels[zone]: \"moon\"");
    }

    @Test
    void theLongestRulesOfAFunctionAndOfACallHoldTogether() {
        client.deploy(
                "longest",
                LENGTH,
                spec -> spec.setPlacement(Placement.newBuilder().setRule(longest("true"))));

        var request = PlatformClient.invokeRequest("longest-1", "longest", "\"ab\"")
                .setPlacement(Placement.newBuilder().setRule(longest("node.pool == \"gpu\"")));

        assertThat(client.invoke(request.build()).getNode()).endsWith("-gpu");
    }

    /** As long and as deep as a rule may be. */
    private static String longest(String rule) {
        int depth = 30;
        String deep = "(".repeat(depth) + rule + ")".repeat(depth);
        return deep + " || node.name == \"" + "x".repeat(1_024 - deep.length() - 19) + "\"";
    }

    @Test
    void simulatedDevicesAreLabelledAsSuch() {
        assertThat(devices()).allSatisfy(device -> {
            assertThat(device.getModel()).isEqualTo("simulated-gpu");
            assertThat(device.getSimulated()).isTrue();
        });
    }

    private static List<Device> devices() {
        return client.nodes().listNodes(ListNodesRequest.getDefaultInstance()).getNodesList().stream()
                .flatMap(node -> node.getProfile().getDevicesList().stream())
                .toList();
    }

    private static Set<String> deviceIds() {
        return devices().stream().map(Device::getDeviceId).collect(java.util.stream.Collectors.toSet());
    }

    private static UnaryOperator<FunctionSpec.Builder> memory(long bytes) {
        return spec -> spec.setResources(accelerator(bytes, 1));
    }

    private static ResourceRequirements accelerator(long bytes, int count) {
        return ResourceRequirements.newBuilder()
                .setAccelerator(AcceleratorRequirements.newBuilder()
                        .setDeviceCount(count)
                        .setDeviceMemoryBytes(bytes))
                .build();
    }

    /** Says what devices it sees, then waits for a file. */
    private static String source(String marks, String go) {
        return """
                import os, time

                def handler(event, context):
                    devices = os.environ.get("CUDA_VISIBLE_DEVICES", "")
                    assert ",".join(context.devices) == devices
                    %s
                    while not os.path.exists("%s"):
                        time.sleep(0.01)
                    return devices
                """.formatted(new Marks(folder.resolve(marks)).python("devices"), folder.resolve(go));
    }

    private static void touch(String name) {
        try {
            Files.createFile(folder.resolve(name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String visible(Invocation invocation) {
        assertThat(invocation.getState()).as("%s", invocation).isEqualTo(State.STATE_SUCCEEDED);
        return invocation.getOutcome().getOutput().getData().toStringUtf8().replace("\"", "");
    }
}
