package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.Link;
import dev.modulate.router.v1.ExplainPlacementRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shares, slices and linked devices on four simulated GPUs of 24 GiB, linked in pairs, the first of them cut into two slices. */
@Timeout(300)
class SharedGpuIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final long GIB = 1L << 30;

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(
                folder.resolve("data"),
                Map.of(
                        "gpu-executor.simulated-gpus", "4",
                        "gpu-executor.simulated-mig", "1g.6gb,1g.6gb",
                        "gpu-executor.simulated-link-size", "2",
                        "gpu-executor.mps-pipe", "/run/no-mps"));
        client = platform.client();
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void sharesMeetOnOneDeviceAndAWholeOneWaitsForThemToLeave() {
        var begun = new Marks(folder.resolve("shares"));
        for (String id : List.of("share-a", "share-b", "share-c")) {
            client.deploy(id, source("shares", id + "-go"), spec -> accelerator(spec, share(300)));
        }
        client.deploy("three", source("three", "three-go"), spec -> accelerator(spec, devices(3)));
        for (String id : List.of("share-a", "share-b", "share-c")) {
            client.create(id, id, "{}");
        }
        await().atMost(AT_MOST).until(() -> begun.all().size() == 3);
        assertThat(Set.copyOf(begun.all())).as("all three on one device").hasSize(1);

        client.create("three", "three", "{}");
        assertThat(explain("three")).anyMatch(reason -> reason.contains("needs the whole device"));
        assertThat(client.get("invocations/three").getState()).isEqualTo(State.STATE_PENDING);

        touch("three-go");
        for (String id : List.of("share-a", "share-b", "share-c")) {
            touch(id + "-go");
            assertThat(answer(id)).contains("0=6144M 30");
        }
        assertThat(answer("three")).startsWith("GPU-simulated-1,GPU-simulated-2,GPU-simulated-3 ");
    }

    @Test
    void aFunctionThatWantsToBeAloneSharesWithItselfOnly() {
        var begun = new Marks(folder.resolve("alone"));
        for (String id : List.of("alone-a", "alone-b")) {
            client.deploy(
                    id,
                    source("alone", id + "-go"),
                    spec -> accelerator(spec, share(100).setIsolation(Isolation.ISOLATION_FUNCTION)));
            client.create(id, id, "{}");
        }
        await().atMost(AT_MOST).until(() -> begun.all().size() == 2);
        assertThat(Set.copyOf(begun.all())).hasSize(2);
        touch("alone-a-go");
        touch("alone-b-go");
        answer("alone-a");
        answer("alone-b");
    }

    @Test
    void eachSliceHasOneUser() {
        var begun = new Marks(folder.resolve("slices"));
        client.deploy(
                "slice",
                source("slices", "slice-go"),
                spec -> accelerator(spec, AcceleratorRequirements.newBuilder().setMigProfile("1g.6gb")));
        for (String id : List.of("slice-1", "slice-2", "slice-3")) {
            client.create(id, "slice", "{}");
        }
        await().atMost(AT_MOST).until(() -> begun.all().size() == 2);

        assertThat(begun.all()).containsExactlyInAnyOrder("MIG-simulated-0-0", "MIG-simulated-0-1");
        touch("slice-go");
        for (String id : List.of("slice-1", "slice-2", "slice-3")) {
            assertThat(answer(id)).startsWith("MIG-simulated-0-");
        }
    }

    @Test
    void devicesThatMustBeLinkedAreOfOneGroup() {
        client.deploy(
                "linked",
                source("linked", "linked-go"),
                spec -> accelerator(spec, devices(2).setLink(Link.LINK_REQUIRED)));
        client.create("linked", "linked", "{}");
        touch("linked-go");

        assertThat(answer("linked")).startsWith("GPU-simulated-2,GPU-simulated-3 ");
    }

    private static List<String> explain(String function) {
        return client
                .nodes()
                .explainPlacement(ExplainPlacementRequest.newBuilder()
                        .setFunction(FunctionRef.newBuilder().setName("functions/" + function))
                        .build())
                .getCandidatesList()
                .stream()
                .flatMap(candidate -> candidate.getReasonsList().stream())
                .toList();
    }

    private static AcceleratorRequirements.Builder share(int millis) {
        return AcceleratorRequirements.newBuilder().setShareMilli(millis).setDeviceMemoryBytes(6 * GIB);
    }

    private static AcceleratorRequirements.Builder devices(int count) {
        return AcceleratorRequirements.newBuilder().setDeviceCount(count);
    }

    private static FunctionSpec.Builder accelerator(
            FunctionSpec.Builder spec, AcceleratorRequirements.Builder accelerator) {
        spec.getResourcesBuilder().setAccelerator(accelerator);
        return spec;
    }

    /** Says what devices it sees, waits for a file, and answers with the limits that MPS would hold it to. */
    private static String source(String marks, String go) {
        return """
                import os, time

                def handler(event, context):
                    devices = os.environ.get("CUDA_VISIBLE_DEVICES", "")
                    memory = os.environ.get("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "-")
                    compute = os.environ.get("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "-")
                    %s
                    while not os.path.exists("%s"):
                        time.sleep(0.01)
                    return devices + " " + memory + " " + compute
                """.formatted(new Marks(folder.resolve(marks)).python("devices"), folder.resolve(go));
    }

    private static void touch(String name) {
        try {
            Files.createFile(folder.resolve(name));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String answer(String id) {
        var invocation = client.await("invocations/" + id);
        assertThat(invocation.getState()).as("%s", invocation).isEqualTo(State.STATE_SUCCEEDED);
        return invocation.getOutcome().getOutput().getData().toStringUtf8().replace("\"", "");
    }
}
