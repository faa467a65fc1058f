package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.modulate.resonate.durability.SmallDisk;
import dev.modulate.resonate.store.postgres.Postgres;
import dev.modulate.resonate.v1.PromiseCreateData;
import dev.modulate.resonate.v1.PromiseCreateRequest;
import dev.modulate.resonate.v1.PromiseCreateResponse;
import dev.modulate.resonate.v1.RequestHead;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceBlockingStub;
import dev.modulate.resonate.v1.Value;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers are told while nothing can be stored, whichever way they come. */
class UnavailableTest {
    private static final Duration WAIT_MAX = Duration.ofSeconds(90);
    private static final Duration CALL_MAX = Duration.ofSeconds(60);
    private static final int PARAM_BYTES = 48 << 10;
    private static final int CREATED_MAX = 2_000;

    @TempDir
    Path folder;

    private final Random random = new Random(5);
    private int created;

    @Test
    void aFullDiskIs503UntilThereIsRoom() throws Exception {
        try (var disk = SmallDisk.mount(folder);
                var server = RunningServer.on("rocksdb:" + disk.folder().resolve("store"))) {
            while (post(server) == 200) {
                assertThat(created).isLessThan(CREATED_MAX);
            }
            await().atMost(WAIT_MAX).untilAsserted(() -> allSay503(server));

            disk.makeRoom();
            servedAgain(server);
        }
    }

    @Test
    void aDatabaseThatIsDownIs503UntilItIsBack() throws Exception {
        var postgres = Postgres.start(folder);
        try (var server = RunningServer.on(postgres.location("postgres"))) {
            assertThat(post(server)).isEqualTo(200);
            String search = RunningServer.envelope("promise.search", "", "{\"cursor\":\"a\\u0000\"}");
            assertThat(server.post(search).statusCode()).isEqualTo(400);

            postgres.kill();
            assertThat(post(server)).isEqualTo(503);
            await().atMost(WAIT_MAX).untilAsserted(() -> allSay503(server));

            postgres = postgres.restart();
            servedAgain(server);
        } finally {
            postgres.close();
        }
    }

    private void allSay503(RunningServer server) {
        assertThat(server.get("/ready").statusCode()).isEqualTo(503);
        var refused = server.post(body());
        assertThat(refused.statusCode()).isEqualTo(503);
        var reply = RunningServer.json(refused);
        assertThat(reply.at("/head/status").asInt()).isEqualTo(503);
        assertThat(reply.at("/head/corrId").asText()).isEqualTo("7");
        assertThat(reply.path("data").asText()).contains("promise store");
        var over = rpc(server);
        assertThat(over.getHead().getStatus()).isEqualTo(503);
        assertThat(over.getHead().getCorrId()).isEqualTo("8");
        assertThat(over.getError()).contains("promise store");
        assertThat(server.get("/ready").statusCode()).isEqualTo(503);
        assertThat(server.get("/health").statusCode()).as("it is alive").isEqualTo(200);
    }

    private void servedAgain(RunningServer server) {
        await().atMost(WAIT_MAX)
                .untilAsserted(
                        () -> assertThat(server.get("/ready").statusCode()).isEqualTo(200));
        assertThat(post(server)).isEqualTo(200);
        assertThat(rpc(server).getHead().getStatus()).isEqualTo(200);
        var first = server.post(RunningServer.envelope("promise.get", "", "{\"id\":\"p0\"}"));
        assertThat(first.statusCode()).isEqualTo(200);
    }

    private int post(RunningServer server) {
        return server.post(body()).statusCode();
    }

    private String body() {
        return RunningServer.envelope(
                "promise.create",
                "",
                "{\"id\":\"p%d\",\"timeoutAt\":%d,\"param\":{\"data\":\"%s\"}}"
                        .formatted(created++, Long.MAX_VALUE / 2, param()));
    }

    private PromiseCreateResponse rpc(RunningServer server) {
        var stub = GrpcClients.builder("gproto+" + server.url("/"))
                .responseTimeout(CALL_MAX)
                .build(ResonateServiceBlockingStub.class);
        return stub.promiseCreate(PromiseCreateRequest.newBuilder()
                .setHead(RequestHead.newBuilder().setCorrId("8").setVersion("2026-04-01"))
                .setData(PromiseCreateData.newBuilder()
                        .setId("p" + created++)
                        .setTimeoutAt(Long.MAX_VALUE / 2)
                        .setParam(Value.newBuilder().setData(param())))
                .build());
    }

    /** Of a kind that does not get smaller on disk. */
    private String param() {
        byte[] bytes = new byte[PARAM_BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
