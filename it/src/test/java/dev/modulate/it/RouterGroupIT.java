package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.Mesh;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.ServiceProcess;
import dev.modulate.it.process.Http;
import dev.modulate.it.process.Ports;
import dev.modulate.observability.link.Stubs;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two routers of one cell, and the one in charge killed: the other takes the epoch, the nodes and the calls. */
@Timeout(400)
class RouterGroupIT {
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    /** Lease of the epoch, a redial of everybody, and what a loaded machine adds. */
    private static final Duration TAKEOVER_MAX = Duration.ofSeconds(60);

    private static final int QUEUED = 12;

    private static final String HELD = """
            import os, time

            def handler(event, context):
                open(os.path.join(event["folder"], f"attempt-{context.attempt}"), "w").close()
                end = time.monotonic() + 120
                while time.monotonic() < end and not os.path.exists(os.path.join(event["folder"], "go")):
                    time.sleep(0.02)
                return {"attempt": context.attempt}
            """;

    private static final String STEP = """
            import time

            def handler(event, context):
                time.sleep(0.5)
                return {"number": event["number"]}
            """;

    @Test
    void aStandbyTakesOverFromAKilledRouter() throws IOException {
        var folder = Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "group-");
        try (var mesh = new Mesh(folder, new Ports(new Random()));
                var stubs = new Stubs()) {
            var resonate = mesh.resonate();
            var registry = mesh.registry();
            var first = mesh.memberRouter("router-one", "main", resonate);
            var second = mesh.memberRouter("router-two", "main", resonate);
            var api = mesh.api("api", resonate, registry, first.port(), second.port());
            mesh.executor("node-a", resonate, registry, first.port(), second.port());
            var client = new PlatformClient(stubs, api.port());
            patiently("every service is well").until(mesh::healthy);
            client.deploy("held", HELD);
            client.deploy("step", STEP);
            patiently("exactly one router is in charge")
                    .until(() -> inCharge(first, second).size() == 1);
            var active = inCharge(first, second).getFirst();
            var standby = active == first ? second : first;
            var marks = Files.createDirectory(folder.resolve("marks"));
            var running = client.create("held-1", "held", "{\"folder\": \"%s\"}".formatted(marks))
                    .getName();
            patiently("the call runs").until(() -> Files.exists(marks.resolve("attempt-1")));
            var queued = IntStream.range(0, QUEUED)
                    .mapToObj(number -> client.create("step-" + number, "step", "{\"number\": %d}".formatted(number))
                            .getName())
                    .toList();

            double epoch = metric(active, "modulate_router_epoch");
            active.kill();

            org.awaitility.Awaitility.await("the standby takes calls")
                    .atMost(TAKEOVER_MAX)
                    .ignoreException(StatusRuntimeException.class)
                    .until(() -> output(client.invoke("step", "{\"number\": 77}")), "{\"number\": 77}"::equals);
            assertThat(metric(standby, "modulate_router_active")).isEqualTo(1);
            assertThat(metric(standby, "modulate_router_epoch")).isGreaterThan(epoch);
            for (int number = 0; number < QUEUED; number++) {
                assertThat(output(await(client, queued.get(number)))).isEqualTo("{\"number\": %d}".formatted(number));
            }
            Files.createFile(marks.resolve("go"));
            var done = await(client, running);
            assertThat(done.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
            assertThat(done.getAttempt()).isEqualTo(1);
            assertThat(marks.resolve("attempt-2")).doesNotExist();

            active.start();

            patiently("the killed router is a standby").until(() -> metric(active, "modulate_router_active") == 0);
            assertThat(metric(standby, "modulate_router_active")).isEqualTo(1);
        }
    }

    private static List<ServiceProcess> inCharge(ServiceProcess... routers) {
        return List.of(routers).stream()
                .filter(router -> metric(router, "modulate_router_active") == 1)
                .toList();
    }

    /** Minus one while it does not answer. */
    private static double metric(ServiceProcess service, String name) {
        try {
            return new Http()
                    .get(service.port(), "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElse(-1);
        } catch (RuntimeException e) {
            return -1;
        }
    }

    private static Invocation await(PlatformClient client, String name) {
        return patiently(name + " has an outcome").until(() -> client.get(name), Invocation::hasOutcome);
    }

    private static ConditionFactory patiently(String what) {
        return org.awaitility.Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreException(StatusRuntimeException.class);
    }

    private static String output(Invocation invocation) {
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }
}
