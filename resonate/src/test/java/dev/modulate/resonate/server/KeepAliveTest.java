package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.modulate.resonate.v1.PollRequest;
import dev.modulate.resonate.v1.PollResponse;
import dev.modulate.resonate.v1.RequestHead;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceStub;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What idle connections say, and what becomes of those whose client is gone. */
class KeepAliveTest {
    private static final Duration PERIOD = Duration.ofMillis(60);
    private static final int COMMENTS = 8;
    private static final int LARGE_CHARS = 256 << 10;
    private static final int MESSAGES_MAX = 500;

    @TempDir
    Path folder;

    /** A test that waits longer for a comment than for everything else has shown that none comes. */
    @Test
    @Timeout(60)
    void anIdleConnectionSaysSoOnceInAPeriod() throws IOException {
        try (var server = new RunningServer(RunningServer.keepAlive(folder, PERIOD));
                var socket = connect(server)) {
            // Before the server has begun to count.
            long asked = System.nanoTime();
            poll(socket, "idle");
            var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            // The first says that the connection is open.
            comment(lines);
            for (int number = 1; number <= COMMENTS; number++) {
                comment(lines);
                assertThat(Duration.ofNanos(System.nanoTime() - asked))
                        .as("comment %d", number)
                        .isGreaterThanOrEqualTo(PERIOD.multipliedBy(number));
            }
        }
    }

    /** Waits for the next comment; nothing but comments comes. */
    private static void comment(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(":")) {
            assertThat(line).doesNotStartWith("data:");
            line = lines.readLine();
        }
        assertThat(line).isEqualTo(": keep-alive");
    }

    @Test
    void aClientThatHangsUpIsGoneAtOnce() throws IOException {
        // By its end of the connection alone: no comment goes out in so short a time.
        try (var server = new RunningServer(RunningServer.keepAlive(folder, Duration.ofMinutes(10)))) {
            for (boolean reset : new boolean[] {false, true}) {
                var socket = connect(server);
                poll(socket, "short");
                await().until(() -> server.gauge("modulate.resonate.poll.connections") == 1);
                socket.setSoLinger(reset, 0);
                socket.close();
                await().until(() -> server.gauge("modulate.resonate.poll.connections") == 0);
            }
        }
    }

    /** Its process is frozen, say: the connection stays up, and nobody reads what comes. */
    @Test
    void aClientThatIsThereAndReadsNothingIsCutOff() throws IOException {
        try (var server = new RunningServer(RunningServer.keepAlive(folder, PERIOD));
                var stuck = connect(server);
                var reader = connect(server)) {
            poll(stuck, "stuck");
            poll(reader, "reader");
            var lines = new BufferedReader(new InputStreamReader(reader.getInputStream(), StandardCharsets.US_ASCII));
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 2);

            sendUntilCutOff(server, 2);

            // The other one was not touched.
            comment(lines);
            assertThat(server.gauge("modulate.resonate.poll.connections")).isEqualTo(1);
            assertThat(stuck.isClosed()).isFalse();
        }
    }

    @Test
    void aClientOverGrpcThatIsThereAndReadsNothingIsCutOff() throws IOException {
        var call = new AtomicReference<ClientCallStreamObserver<PollRequest>>();
        try (var server = new RunningServer(RunningServer.keepAlive(folder, PERIOD))) {
            var request = PollRequest.newBuilder()
                    .setHead(RequestHead.newBuilder().setVersion("2026-04-01"))
                    .setGroup("g")
                    .setId("stuck");
            GrpcClients.newClient("gproto+" + server.url("/"), ResonateServiceStub.class)
                    .poll(request.build(), takesNothing(call));
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 1);

            sendUntilCutOff(server, 1);

            call.get().cancel("enough", null);
        }
    }

    private static void sendUntilCutOff(RunningServer server, int connections) {
        // More than the buffers of the system between the two.
        String value = "x".repeat(LARGE_CHARS);
        for (int i = 0; server.gauge("modulate.resonate.poll.connections") == connections; i++) {
            assertThat(i).as("messages that nobody reads").isLessThan(MESSAGES_MAX);
            server.settle("p" + i, "poll://uni@g/stuck", value);
        }
        await().until(() -> server.gauge("modulate.resonate.poll.waiting") == 0);
    }

    /** Never asks for a message. */
    static ClientResponseObserver<PollRequest, PollResponse> takesNothing(
            AtomicReference<ClientCallStreamObserver<PollRequest>> call) {
        return new ClientResponseObserver<>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<PollRequest> stream) {
                stream.disableAutoRequestWithInitial(0);
                call.set(stream);
            }

            @Override
            public void onNext(PollResponse message) {}

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {}
        };
    }

    private static Socket connect(RunningServer server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private static void poll(Socket socket, String id) throws IOException {
        String request = "GET /poll/g/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }
}
