package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.Mesh;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.ServiceProcess;
import dev.modulate.it.process.Ports;
import dev.modulate.it.process.TcpProxy;
import dev.modulate.observability.link.Stubs;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.Node;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One process per service, and each of them killed. */
@Timeout(300)
class MeshIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Says which processes it consists of and goes on when it is told to, or after the seconds it was given. */
    private static final String FAMILY = """
            import json, os, subprocess, time

            def handler(event, context):
                folder = event["folder"]
                child = subprocess.Popen(["sleep", "600"])
                mark = os.path.join(folder, f"attempt-{context.attempt}")
                with open(mark + ".part", "w") as file:
                    file.write(f"{os.getpid()} {child.pid}")
                os.rename(mark + ".part", mark)
                end = time.monotonic() + 80
                while time.monotonic() < end and not os.path.exists(os.path.join(folder, "go")):
                    time.sleep(0.02)
                child.kill()
                child.wait()
                return {"attempt": context.attempt, "pid": os.getpid()}
            """;

    private static final String STEP = """
            import time

            def handler(event, context):
                time.sleep(0.3)
                return {"number": event["number"]}
            """;

    private static final String STEP_ANSWER = "{\"number\": %d}";
    private static final int STEPS = 20;

    private static Path folder;
    private static Mesh mesh;
    private static TcpProxy proxy;
    private static Stubs stubs;
    private static ServiceProcess resonate;
    private static ServiceProcess router;
    private static ServiceProcess api;
    private static List<ServiceProcess> executors;
    private static PlatformClient client;
    private static ServiceProcess registry;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target/mesh")), "run-");
        mesh = new Mesh(folder, new Ports(new Random()));
        stubs = new Stubs();
        resonate = mesh.resonate();
        registry = mesh.registry();
        router = mesh.router("main", resonate, registry);
        proxy = new TcpProxy(router.port());
        proxy.start();
        api = mesh.api("api", resonate, registry, router.port());
        executors = List.of(
                mesh.executor("node-a", resonate, registry, proxy.port()),
                mesh.executor("node-b", resonate, registry, proxy.port()));
        client = new PlatformClient(stubs, api.port());
        patiently("every service is well").until(mesh::healthy);
        client.deploy("family", FAMILY);
        client.deploy("step", STEP);
    }

    @AfterAll
    static void stop() {
        mesh.close();
        proxy.close();
        stubs.close();
    }

    @BeforeEach
    void everyServiceIsWell() {
        patiently("every service is well").until(mesh::healthy);
        patiently("both nodes are active")
                .until(() -> activeNodes(client).equals(List.of("nodes/node-a", "nodes/node-b")));
    }

    @Test
    void deploysCallsAndListsNodes() {
        client.deploy("greet", "def handler(event, context):\n    return {'hello': event['name']}\n");

        var done = client.invoke("greet", "{\"name\": \"mesh\"}");

        assertThat(output(done)).isEqualTo("{\"hello\": \"mesh\"}");
        assertThat(done.getAttempt()).isEqualTo(1);
        assertThat(done.getNode()).isIn("nodes/node-a", "nodes/node-b");
        assertThat(activeNodes(client)).containsExactly("nodes/node-a", "nodes/node-b");
    }

    @Test
    void anotherNodeFinishesTheCallOfAKilledOne() throws IOException {
        var marks = Files.createTempDirectory(folder, "family-");
        var name = client.create("killed-node", "family", family(marks)).getName();
        patiently("the first attempt runs").until(() -> Files.exists(marks.resolve("attempt-1")));
        var lost = executorOf(patientlyRunning(name));
        var pids = pids(marks.resolve("attempt-1"));

        lost.kill();

        patiently("nothing is left of the first attempt")
                .until(() -> pids.stream().noneMatch(MeshIT::runs));
        patiently("the second attempt runs").until(() -> Files.exists(marks.resolve("attempt-2")));
        Files.createFile(marks.resolve("go"));
        var done = await(name);
        assertThat(done.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(done.getAttempt()).isEqualTo(2);
        assertThat(done.getNode()).isNotEqualTo("nodes/" + lost.name());
        assertThat(done.getFailedAttemptsList()).singleElement().satisfies(failed -> {
            assertThat(failed.getAttempt()).isEqualTo(1);
            assertThat(failed.getNode()).isEqualTo("nodes/" + lost.name());
            assertThat(failed.getFailure().getReason()).isEqualTo("NODE_LOST");
        });
        assertThat(output(done)).startsWith("{\"attempt\": 2");
        lost.start();
    }

    @Test
    void anotherNodeFinishesTheCallOfAnSdkProgram() throws IOException {
        var marks = Files.createTempDirectory(folder, "sdk-");
        try (var programs = new SdkPrograms(marks.resolve("logs"), resonate.port())) {
            var caller = programs.caller(
                    PATIENCE,
                    new SdkPrograms.Call(
                            "sdk-killed-node", "family", "poll://any@router-main", "[%s]".formatted(family(marks))));
            patiently("the first attempt runs").until(() -> Files.exists(marks.resolve("attempt-1")));
            long pid = pids(marks.resolve("attempt-1")).getFirst();
            var lost = executors.stream()
                    .filter(executor ->
                            executor.process().descendants().stream().anyMatch(it -> it.pid() == pid))
                    .findFirst()
                    .orElseThrow();

            lost.kill();

            patiently("the second attempt runs").until(() -> Files.exists(marks.resolve("attempt-2")));
            Files.createFile(marks.resolve("go"));
            assertThat(SdkPrograms.outcomes(caller, PATIENCE)
                            .getFirst()
                            .at("/value/attempt")
                            .asInt())
                    .isEqualTo(2);
            assertThat(marks.toFile().list()).containsExactlyInAnyOrder("attempt-1", "attempt-2", "go", "logs");
            lost.start();
        }
    }

    @Test
    void acceptedCallsOutliveAKilledApi() {
        var accepted = accept("api", STEPS);

        api.replace();

        assertAllDone(accepted);
    }

    @Test
    void acceptedCallsOutliveAKilledRouter() {
        var accepted = accept("router", STEPS);

        router.replace();

        assertAllDone(accepted);
    }

    @Test
    void acceptedCallsOutliveAKilledResonateServer() {
        var accepted = accept("resonate", STEPS);

        resonate.replace();

        assertAllDone(accepted);
    }

    @Test
    void callsWorkWhileTheRegistryIsAway() {
        var accepted = accept("registry", STEPS);

        registry.kill();

        assertAllDone(accepted);
        registry.start();
    }

    @Test
    void aCutStreamThatIsDialledAgainDisturbsNothing() throws IOException {
        var marks = Files.createTempDirectory(folder, "cut-");
        var name = client.create("cut-stream", "family", family(marks)).getName();
        patiently("the attempt runs").until(() -> Files.exists(marks.resolve("attempt-1")));
        int connections = proxy.acceptedCount();

        proxy.cut();

        patiently("both nodes have dialled again").until(() -> proxy.acceptedCount() >= connections + 2);
        patiently("both nodes are active").until(() -> activeNodes(client).size() == 2);
        Files.createFile(marks.resolve("go"));
        var done = await(name);
        assertThat(done.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(done.getAttempt()).isEqualTo(1);
        assertThat(done.getFailedAttemptsList()).isEmpty();
        assertThat(marks.resolve("attempt-2")).doesNotExist();
    }

    @Test
    void theSameIdThroughTwoRoutersRunsOnce() throws IOException {
        var otherRouter = mesh.router("other", resonate, registry);
        mesh.executor("node-c", resonate, registry, otherRouter.port());
        var otherApi = mesh.api("other-api", resonate, registry, otherRouter.port());
        var other = new PlatformClient(stubs, otherApi.port());
        patiently("the other cell is well").until(mesh::healthy);
        patiently("its node is active").until(() -> activeNodes(other).equals(List.of("nodes/node-c")));
        var marks = Files.createTempDirectory(folder, "two-routers-");
        var request = PlatformClient.invokeRequest("two-routers", "family", family(marks))
                .build();

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var here = CompletableFuture.supplyAsync(() -> client.invoke(request), threads);
            var there = CompletableFuture.supplyAsync(() -> other.invoke(request), threads);
            patiently("an attempt runs").until(() -> Files.exists(marks.resolve("attempt-1")));
            Files.createFile(marks.resolve("go"));

            assertThat(output(here.join())).isEqualTo(output(there.join())).startsWith("{\"attempt\": 1");
        }
        var later = other.invoke(request);
        assertThat(output(later)).isEqualTo(output(client.get("invocations/two-routers")));
        assertThat(marks.toFile().list()).containsExactlyInAnyOrder("attempt-1", "go");
    }

    /** Creates calls one after the other: each is accepted when this returns, and most have not run. */
    private static List<String> accept(String prefix, int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> client.create(prefix + "-" + number, "step", "{\"number\": %d}".formatted(number))
                        .getName())
                .toList();
    }

    private static void assertAllDone(List<String> accepted) {
        var answers = new ArrayList<String>();
        for (String name : accepted) {
            var done = await(name);
            assertThat(done.getState()).as(name).isEqualTo(Invocation.State.STATE_SUCCEEDED);
            answers.add(output(done));
        }
        assertThat(answers)
                .isEqualTo(IntStream.range(0, accepted.size())
                        .mapToObj(STEP_ANSWER::formatted)
                        .toList());
    }

    /** Waits for the outcome, whatever dies meanwhile. */
    private static Invocation await(String name) {
        return patiently(name + " has an outcome").until(() -> client.get(name), Invocation::hasOutcome);
    }

    private static ConditionFactory patiently(String what) {
        return org.awaitility.Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreException(StatusRuntimeException.class);
    }

    /** @return the node that runs it */
    private static String patientlyRunning(String name) {
        return patiently(name + " runs on a known node")
                .until(() -> client.get(name).getNode(), node -> !node.isEmpty());
    }

    private static ServiceProcess executorOf(String node) {
        return executors.stream()
                .filter(executor -> node.equals("nodes/" + executor.name()))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> activeNodes(PlatformClient platform) {
        return platform.nodes().listNodes(ListNodesRequest.getDefaultInstance()).getNodesList().stream()
                .filter(node -> node.getState() == Node.State.STATE_ACTIVE)
                .map(Node::getName)
                .toList();
    }

    private static String family(Path marks) {
        return "{\"folder\": \"%s\"}".formatted(marks);
    }

    private static List<Long> pids(Path mark) throws IOException {
        return Stream.of(Files.readString(mark).split(" ")).map(Long::parseLong).toList();
    }

    /** A dead process that nobody has asked about yet is still listed, as a zombie. */
    private static boolean runs(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return false;
        }
    }

    private static String output(Invocation invocation) {
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }
}
