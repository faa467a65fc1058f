package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes in, something clear comes out, and nothing stays behind. A run is repeated with {@code -Dfuzz.seed=N}. */
class FuzzTest {
    private static final int REQUESTS = 3_000;
    private static final int IDLE_STREAMS = 200;
    private static final Set<Integer> CLEAR = Set.of(200, 300, 400, 403, 404, 409, 422);

    private final long seed = Long.getLong("fuzz.seed", 20_261_126L);
    private final List<Socket> sockets = new ArrayList<>();

    @TempDir
    Path folder;

    private RunningServer server;

    @BeforeEach
    void start() {
        System.out.println("fuzz.seed=" + seed);
        server = RunningServer.open(folder);
    }

    @AfterEach
    void nothingStaysBehind() throws IOException {
        for (var socket : sockets) {
            socket.close();
        }
        await().untilAsserted(() -> {
            assertThat(server.gauge("modulate.resonate.poll.connections")).isZero();
            assertThat(server.gauge("modulate.resonate.poll.waiting")).isZero();
        });
        assertThat(server.get("/ready").statusCode()).isEqualTo(200);
        assertThat(server.post(RunningServer.envelope("promise.get", "", "{\"id\":\"nowhere\"}"))
                        .statusCode())
                .isEqualTo(404);
        server.close();
    }

    @Test
    void everyRequestGetsAClearStatus() {
        var mutations = new Mutations(seed);
        int served = 0;
        for (int i = 0; i < REQUESTS; i++) {
            byte[] body = mutations.next();
            var response = server.post(body);
            String shown = "seed " + seed + " request " + i + ": "
                    + new String(body, 0, Math.min(body.length, 500), StandardCharsets.UTF_8) + " -> "
                    + response.body();
            var reply = RunningServer.json(response);
            assertThat(response.statusCode()).as(shown).isIn(CLEAR);
            assertThat(reply.at("/head/status").asInt()).as(shown).isEqualTo(response.statusCode());
            assertThat(reply.at("/head/corrId").isTextual()).as(shown).isTrue();
            assertThat(reply.path("data").isTextual()).as(shown).isEqualTo(response.statusCode() >= 400);
            if (response.statusCode() < 400) {
                served++;
            }
        }
        assertThat(served).as("seed %d: requests that were right", seed).isBetween(REQUESTS / 20, REQUESTS - 1);
    }

    @Test
    void bodiesBeyondTheLimitAreRefusedByItsName() {
        byte[] large = RunningServer.envelope(
                        "promise.create",
                        "",
                        "{\"id\":\"large\",\"timeoutAt\":%d,\"param\":{\"data\":\"%s\"}}"
                                .formatted(Long.MAX_VALUE / 2, "x".repeat(5 << 20)))
                .getBytes(StandardCharsets.UTF_8);
        var known = server.post(large);
        assertThat(known.statusCode()).isEqualTo(413);
        assertThat(RunningServer.json(known).path("data").asText()).contains("at most 4194304 bytes");

        var chunked = server.send(HttpRequest.newBuilder(server.url("/"))
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
                .build());
        assertThat(chunked.statusCode()).isEqualTo(413);
        assertThat(RunningServer.json(chunked).path("data").asText()).contains("at most 4194304 bytes");

        for (String deep : List.of("[".repeat(100_000), "{\"a\":".repeat(100_000))) {
            assertThat(server.post(deep).statusCode()).isEqualTo(400);
        }
        String fits = RunningServer.envelope(
                "promise.create",
                "",
                "{\"id\":\"fits\",\"timeoutAt\":%d,\"param\":{\"data\":\"%s\"}}"
                        .formatted(Long.MAX_VALUE / 2, "x".repeat(3 << 20)));
        assertThat(server.post(fits).statusCode()).isEqualTo(200);
    }

    @Test
    void obsoletePathsSaySo() {
        for (String path : List.of("/promises", "/promises/a/b", "/tasks/claim", "/schedules")) {
            var gone = server.get(path);
            assertThat(gone.statusCode()).as(path).isEqualTo(410);
            assertThat(gone.body()).contains("2026-04-01");
        }
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void connectionsThatAreLeftHalfwayCostNothing() throws IOException {
        for (int i = 0; i < 40; i++) {
            open("POST / HTTP/1.1\r\nHos");
            open("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"kind\"");
            open("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\nabc");
            open("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0nonsense");
            open("GET /poll/g/half HTTP/1.1\r\nHost: x\r\n\r\n").shutdownOutput();
            open("\0\1\2\3\r\n\r\n");
        }
        assertThat(server.get("/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void idleStreamsAndReadersThatTakeNothing() throws IOException {
        for (int i = 0; i < IDLE_STREAMS; i++) {
            open("GET /poll/g/idle-" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        await().until(() -> server.gauge("modulate.resonate.poll.connections") == IDLE_STREAMS);
        String value = "x".repeat(64 << 10);
        for (int i = 0; i < 200; i++) {
            server.settle("p" + i, "poll://any@g/idle-7", value);
        }
        assertThat(server.gauge("modulate.resonate.poll.waiting")).isPositive();
    }

    private Socket open(String text) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        sockets.add(socket);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }
}
