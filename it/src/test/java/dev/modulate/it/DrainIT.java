package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.Mesh;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.ServiceProcess;
import dev.modulate.it.process.Ports;
import dev.modulate.observability.link.Stubs;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.GetNodeRequest;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.UndrainNodeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nodes that are emptied under a steady load, by an operator and by a signal: no call fails and none runs twice. */
@Timeout(300)
class DrainIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int CALLERS = 4;

    private static Path folder;
    private static Mesh mesh;
    private static Stubs stubs;
    private static List<ServiceProcess> executors;
    private static PlatformClient client;
    private static Marks runs;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target/drain")), "run-");
        mesh = new Mesh(folder, new Ports(new Random()));
        stubs = new Stubs();
        var resonate = mesh.resonate();
        var registry = mesh.registry();
        var router = mesh.router("main", resonate, registry);
        var api = mesh.api("api", resonate, registry, router.port());
        executors = List.of(
                mesh.executor("node-a", resonate, registry, router.port()),
                mesh.executor("node-b", resonate, registry, router.port()),
                mesh.executor("node-c", resonate, registry, router.port()));
        client = new PlatformClient(stubs, api.port());
        await().atMost(PATIENCE).until(mesh::healthy);
        runs = new Marks(folder.resolve("runs"));
        client.deploy("step", """
                import time

                def handler(event, context):
                    %s
                    time.sleep(0.15)
                    return event["id"]
                """.formatted(runs.python("event['id']")));
    }

    @AfterAll
    static void stop() {
        mesh.close();
        stubs.close();
    }

    /** Callers that call one after the other until they are told to stop. */
    private static final class Load {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger number = new AtomicInteger();
        private final ConcurrentLinkedQueue<Invocation> done = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
        private final List<Thread> callers = new ArrayList<>();
        private final String prefix;

        Load(String prefix) {
            this.prefix = prefix;
            for (int i = 0; i < CALLERS; i++) {
                callers.add(Thread.ofVirtual().start(this::call));
            }
        }

        private void call() {
            while (!over.get()) {
                String id = prefix + number.incrementAndGet();
                try {
                    done.add(client.invoke(PlatformClient.invokeRequest(id, "step", "{\"id\": \"" + id + "\"}")
                            .build()));
                } catch (RuntimeException e) {
                    broken.add(id + ": " + e);
                }
            }
        }

        /** Until as many more calls are done. */
        void goOn(int calls) {
            int until = done.size() + calls;
            await("the load goes on").atMost(PATIENCE).until(() -> done.size() >= until || !broken.isEmpty());
        }

        void end() {
            over.set(true);
            for (var caller : callers) {
                try {
                    assertThat(caller.join(PATIENCE)).isTrue();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        void everyCallSucceededAndRanOnce() {
            assertThat(broken).isEmpty();
            assertThat(done)
                    .allSatisfy(call -> assertThat(call.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED))
                    .allSatisfy(call -> assertThat(call.getAttempt()).isEqualTo(1));
            assertThat(runs.all().stream().filter(id -> id.startsWith(prefix)))
                    .hasSize(done.size())
                    .doesNotHaveDuplicates();
        }

        List<String> nodes() {
            return done.stream().map(Invocation::getNode).distinct().toList();
        }
    }

    private static Node node(String name) {
        return client.nodes()
                .getNode(GetNodeRequest.newBuilder().setName(name).build())
                .getNode();
    }

    @Test
    void anOperatorDrainsANodeUnderLoad() {
        var load = new Load("operator-");
        load.goOn(3 * CALLERS);
        String busy = load.nodes().getFirst();

        client.nodes().drainNode(DrainNodeRequest.newBuilder().setName(busy).build());

        await("it is empty").atMost(PATIENCE).until(() -> node(busy).getState() == Node.State.STATE_DRAINED);
        long before =
                load.done.stream().filter(call -> call.getNode().equals(busy)).count();
        load.goOn(3 * CALLERS);
        assertThat(node(busy).getPlacedCount()).isZero();
        assertThat(load.done.stream()
                        .filter(call -> call.getNode().equals(busy))
                        .count())
                .isLessThanOrEqualTo(before + CALLERS);
        client.nodes().undrainNode(UndrainNodeRequest.newBuilder().setName(busy).build());
        load.goOn(3 * CALLERS);
        load.end();
        load.everyCallSucceededAndRanOnce();
        await().atMost(PATIENCE).until(() -> node(busy).getState() == Node.State.STATE_ACTIVE);
    }

    @Test
    void aNodeThatIsToldToStopFinishesWhatItHas() {
        var load = new Load("signal-");
        load.goOn(3 * CALLERS);
        String busy = load.nodes().getFirst();
        var told = executors.stream()
                .filter(executor -> busy.endsWith("/" + executor.name()))
                .findFirst()
                .orElseThrow();

        told.process().terminate();

        await("its process has ended")
                .atMost(PATIENCE)
                .until(() -> !told.process().alive());
        assertThat(told.process().stderr()).contains("finishes what runs and takes no more");
        load.goOn(3 * CALLERS);
        load.end();
        load.everyCallSucceededAndRanOnce();
        assertThat(node(busy).getPlacedCount()).isZero();
        told.start();
        await().atMost(PATIENCE).until(() -> node(busy).getState() == Node.State.STATE_ACTIVE);
    }
}
