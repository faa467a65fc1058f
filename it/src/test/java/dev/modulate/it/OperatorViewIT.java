package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Scrape;
import dev.modulate.it.process.Http;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is seen without a gRPC client: metrics, health, documentation, HTTP with JSON. */
@Timeout(300)
class OperatorViewIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final double GIB = 1L << 30;

    private static final String GREET = "def handler(event, context):\n    return 'Hello, ' + event['name']\n";

    @TempDir
    static Path data;

    private static LocalPlatform platform;

    @BeforeAll
    static void startAndCall() {
        platform = LocalPlatform.start(
                data, Map.of("gpu-executor.simulated-gpus", "1", "gpu-executor.simulated-memory", "24GiB"));
        var client = platform.client();
        client.deploy("greet", GREET);
        client.deploy("greet-by-http", GREET);
        client.deploy("raise", "def handler(event, context):\n    raise ValueError('no')\n");
        client.invoke("greet", "{\"name\": \"Ada\"}");
        client.invoke("greet", "{\"name\": \"Bob\"}");
        client.invoke("raise", "{}");
        client.create("counted-too", "greet", "{\"name\": \"Eve\"}");
        client.await("invocations/counted-too");
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void invocationsAreCountedByFunctionAndOutcome() {
        await().atMost(AT_MOST).untilAsserted(() -> {
            assertThat(invocations("greet", "succeeded")).isEqualTo(3);
            assertThat(invocations("raise", "failed")).isEqualTo(1);
        });
        assertThat(invocations("greet", "accepted")).isEqualTo(3);
        assertThat(invocations("greet", "failed")).isZero();
    }

    @Test
    void everyPhaseOfACallIsTimed() {
        for (String phase : List.of("queued", "starting", "running", "settling")) {
            await().atMost(AT_MOST)
                    .untilAsserted(() -> assertThat(platform.scrape()
                                    .sum("modulate_invocation_phase_seconds_count", "phase=\"" + phase + "\""))
                            .as(phase)
                            .isGreaterThanOrEqualTo(phase.equals("starting") ? 2 : 4));
        }
    }

    @Test
    void queueAndSlotsAreGauged() {
        var scrape = platform.scrape();

        assertThat(scrape.samples("modulate_router_queue_depth")).isNotEmpty();
        assertThat(scrape.sum("modulate_router_queue_depth")).isZero();
        await().atMost(AT_MOST)
                .untilAsserted(
                        () -> assertThat(slots(platform.scrape(), "free")).isEqualTo(32));
        assertThat(slots(platform.scrape(), "busy")).isZero();
    }

    @Test
    void memoryOfDevicesIsGauged() {
        var scrape = platform.scrape();

        assertThat(scrape.sum("modulate_device_memory_bytes", "kind=\"total\"")).isEqualTo(24 * GIB);
        assertThat(scrape.samples("modulate_device_memory_bytes", "kind=\"used\"", "device=\""))
                .hasSize(1);
    }

    @Test
    void operationsOnPromisesAreTimedByKindAndStatus() {
        // Timed when it is answered, which may be after others hear of what it did.
        for (String kind : List.of("kind=\"task.create\"", "kind=\"task.fulfill\"")) {
            await().atMost(AT_MOST)
                    .untilAsserted(() -> assertThat(platform.scrape()
                                    .sum("modulate_resonate_operations_seconds_count", kind, "status=\"200\""))
                            .as(kind)
                            .isGreaterThanOrEqualTo(4));
        }
    }

    @Test
    void functionsAreCalledByHttpWithJson() {
        var answer = post("/v1/invocations:invoke", """
                {"invocationId": "by-http", "target": {"function": {"name": "functions/greet-by-http"}},
                 "input": {"data": "%s"}}
                """.formatted(base64("{\"name\": \"Ada\"}")));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"state\":\"STATE_SUCCEEDED\"", "\"data\":\"" + base64("\"Hello, Ada\"") + "\"");
        assertThat(get("/v1/invocations/by-http").body()).contains("\"name\":\"invocations/by-http\"");
        assertThat(get("/v1/invocations/by-http:wait").body()).contains("\"state\":\"STATE_SUCCEEDED\"");
        assertThat(get("/v1/functions/greet").body()).contains("\"name\":\"functions/greet\"");
        assertThat(get("/v1/nodes").body()).contains("\"simulated\":true");
        assertThat(platform.client().get("invocations/by-http").getState()).isEqualTo(State.STATE_SUCCEEDED);
    }

    @Test
    void refusalsByHttpSayTheSameAsByGrpc() {
        var unknown = post("/v1/invocations:invoke", "{\"target\": {\"function\": {\"name\": \"functions/nobody\"}}}");
        var illegal = post(
                "/v1/invocations",
                "{\"invocationId\": \"not an id\", \"target\": {\"function\": {\"name\": \"functions/greet\"}}}");
        var malformed = post("/v1/invocations", "{\"target\": ");

        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.body()).contains("functions/nobody does not exist");
        assertThat(illegal.status()).isEqualTo(400);
        assertThat(illegal.body()).contains("(expected: [A-Za-z0-9_-]{1,128})");
        assertThat(malformed.status()).isEqualTo(400);
    }

    @Test
    void documentationAndHealthAnswer() {
        assertThat(get("/docs/").status()).isEqualTo(200);
        assertThat(get("/docs/specification.json").body())
                .contains("modulate.invocation.v1.InvocationService", "modulate.registry.v1.RegistryService");
        assertThat(get("/healthz").status()).isEqualTo(200);
    }

    private static double invocations(String function, String outcome) {
        return platform.scrape()
                .sum("modulate_invocations_total", "function=\"" + function + "\"", "outcome=\"" + outcome + "\"");
    }

    private static double slots(Scrape scrape, String state) {
        return scrape.sum("modulate_executor_slots", "state=\"" + state + "\"");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Http.Answer get(String path) {
        return platform.http().get(platform.port(), path);
    }

    private static Http.Answer post(String path, String json) {
        return platform.http().post(platform.port(), path, json);
    }
}
