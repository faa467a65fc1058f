package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.it.platform.Mesh;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.ServiceProcess;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Http;
import dev.modulate.it.process.Ports;
import dev.modulate.observability.link.Stubs;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The platform in one process, with its promises on a server that is somebody else's and asks for tokens. */
@Timeout(300)
class ForeignResonateIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Of a caller that may do everything; the server does not look at signatures here. */
    private static final String TOKEN = Stream.of("{\"alg\":\"none\"}", "{\"exp\":4000000000,\"role\":\"admin\"}", "")
            .map(part -> Base64.getUrlEncoder().withoutPadding().encodeToString(part.getBytes(StandardCharsets.UTF_8)))
            .collect(Collectors.joining("."));

    private static final String WAIT_FOR_FILE = """
            import os, time

            def handler(event, context):
                open(event["file"] + ".running", "w").close()
                while not os.path.exists(event["file"]):
                    time.sleep(0.02)
                return context.attempt
            """;

    @Test
    void keepsItsPromisesOnAServerByUrlAndOutlivesItsDeath() throws IOException {
        var folder =
                Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "foreign-");
        try (var mesh = new Mesh(folder, new Ports(new Random()));
                var stubs = new Stubs()) {
            var foreign = mesh.resonate(Map.of("resonate.auth-key", "none"));
            try (var up = UpProcess.start(
                    folder,
                    List.of(
                            "--set",
                            "up.embedded=false",
                            "--set",
                            "resonate.url=http://127.0.0.1:" + foreign.port(),
                            "--set",
                            "resonate.token=" + TOKEN))) {
                patiently("both are ready").until(() -> foreign.healthy() && up.ready());
                var client = new PlatformClient(stubs, up.port());
                client.deploy("wait", WAIT_FOR_FILE);

                outlives(client, foreign, folder.resolve("go"));

                assertThat(folder.resolve("data/resonate")).doesNotExist();
                assertThat(promise(foreign, "default_outlives")).contains("\"state\":\"resolved\"");
            }
        }
    }

    private static void outlives(PlatformClient client, ServiceProcess foreign, Path file) throws IOException {
        var created = client.create("outlives", "wait", "{\"file\": \"%s\"}".formatted(file));
        patiently("the function runs").until(() -> Files.exists(Path.of(file + ".running")));
        assertThat(promise(foreign, "default_outlives")).contains("\"state\":\"pending\"");

        foreign.kill();
        Files.createFile(file);
        foreign.start();

        var done =
                patiently("the call has an outcome").until(() -> client.get(created.getName()), Invocation::hasOutcome);
        assertThat(done.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(done.getOutcome().getOutput().getData().toStringUtf8()).isEqualTo("1");
        assertThat(done.getFailedAttemptsList()).isEmpty();
    }

    private static String promise(ServiceProcess server, String id) {
        return new Http().post(server.port(), "/", """
                        {"kind": "promise.get", "head": {"corrId": "1", "version": "2026-04-01", "auth": "%s"}, "data": {"id": "%s"}}
                        """.formatted(TOKEN, id)).body();
    }

    private static ConditionFactory patiently(String what) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .ignoreException(StatusRuntimeException.class);
    }
}
