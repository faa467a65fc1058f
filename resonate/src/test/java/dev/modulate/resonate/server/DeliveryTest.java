package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.server.auth.AuthSettings;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of messages. */
class DeliveryTest {
    @TempDir
    Path folder;

    @Test
    void anUnblockMessageWaitsForAListenerThatIsAwayForAMoment() throws Exception {
        try (var server = RunningServer.open(folder);
                var client = server.client()) {
            settleWithListener(server, "a", "poll://uni@api/me");
            await().until(() -> server.gauge("modulate.resonate.messages.waiting") == 1);

            var messages = new ConcurrentLinkedQueue<Message>();
            var handle = client.poll("api", "me", inbox(messages, new AtomicInteger()));

            await().until(() -> messages.size() == 1);
            assertThat(messages.peek())
                    .isInstanceOfSatisfying(
                            Message.Unblock.class,
                            unblock -> assertThat(unblock.promise().id()).isEqualTo("a"));
            await().until(() -> server.messages("unblock", "taken") == 1);
            assertThat(server.messages("unblock", "repeated")).isPositive();
            assertThat(server.gauge("modulate.resonate.messages.waiting")).isZero();
            handle.close();
        }
    }

    @Test
    void anyPrefersTheNamedConnectionAndUniTakesNoOther() throws Exception {
        try (var server = RunningServer.open(folder);
                var client = server.client()) {
            var one = new ConcurrentLinkedQueue<Message>();
            var two = new ConcurrentLinkedQueue<Message>();
            var connects = new AtomicInteger();
            var handles = List.of(
                    client.poll("g", "one", inbox(one, connects)), client.poll("g", "two", inbox(two, connects)));
            await().until(() -> connects.get() == 2);

            for (int i = 0; i < 8; i++) {
                settleWithListener(server, "named-" + i, "poll://any@g/two");
            }
            await().until(() -> two.size() == 8);
            settleWithListener(server, "else", "poll://any@g/three");
            await().until(() -> one.size() + two.size() == 9);
            int before = one.size();
            settleWithListener(server, "exactly", "poll://uni@g/three");
            await().until(() -> server.gauge("modulate.resonate.messages.waiting") == 1);
            assertThat(one.size() + two.size()).isEqualTo(9);
            assertThat(one).hasSize(before);
            for (var handle : handles) {
                handle.close();
            }
        }
    }

    @Test
    void moreListenersThanAllowedAreTurnedAway() throws Exception {
        var settings = RunningServer.settings(folder, 1, List.of("any"), AuthSettings.OFF);
        try (var server = new RunningServer(settings);
                var client = server.client()) {
            var connects = new AtomicInteger();
            var handle = client.poll("g", "one", inbox(new ConcurrentLinkedQueue<>(), connects));
            await().until(() -> connects.get() == 1);

            var refused = server.get("/poll/g/two");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).isEqualTo("Poll registration at capacity");
            handle.close();
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 0);
            assertThat(server.get("/poll/g/" + "x".repeat(200)).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aReaderThatTakesNothingSlowsNobodyElse() throws Exception {
        try (var server = RunningServer.open(folder);
                var client = server.client();
                var stuck = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            stuck.getOutputStream()
                    .write("GET /poll/g/stuck HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 1);
            String large = "x".repeat(256 << 10);
            for (int i = 0; i < 3 * ReaderRoom.MESSAGES_MAX / 2; i++) {
                settleWithListener(server, "large-" + i, "poll://uni@g/stuck", large);
            }
            await().until(() -> server.gauge("modulate.resonate.messages.waiting") > 0);

            var messages = new ConcurrentLinkedQueue<Message>();
            var handle = client.poll("g", "quick", inbox(messages, new AtomicInteger()));
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 2);
            settleWithListener(server, "small", "poll://uni@g/quick");
            await().until(() -> messages.size() == 1);

            handle.close();
            stuck.shutdownInput();
            stuck.shutdownOutput();
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 0);
        }
    }

    @Test
    void messagesArePostedUntilTheListenerTakesThem() throws Exception {
        var bodies = new ConcurrentLinkedQueue<String>();
        var headers = new ConcurrentLinkedQueue<String>();
        try (var server = RunningServer.open(folder)) {
            var listener = listener(bodies, headers, 2);
            String url = "http://127.0.0.1:" + listener.getAddress().getPort() + "/hook";
            try {
                settleWithListener(server, "a", url);
                await().until(() -> server.messages("unblock", "taken") == 1);
                assertThat(bodies)
                        .hasSize(3)
                        .allSatisfy(body -> assertThat(body)
                                .contains("\"kind\":\"unblock\"")
                                .contains("\"state\":\"resolved\""));
                assertThat(headers).containsOnly("application/json Bearer pushed");

                server.post(RunningServer.envelope("promise.create", "", RunningServer.promise("t", url)));
                await().until(() -> server.messages("execute", "taken") >= 2);
                assertThat(bodies).anySatisfy(body -> assertThat(body).contains("\"kind\":\"execute\""));
            } finally {
                listener.stop(0);
            }
        }
    }

    @Test
    void anExecuteThatIsNotAnsweredYetIsNotPostedAgain() throws Exception {
        var bodies = new ConcurrentLinkedQueue<String>();
        var answer = new CountDownLatch(1);
        try (var server = RunningServer.open(folder)) {
            var slow = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            slow.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            slow.createContext("/hook", exchange -> {
                bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                try {
                    answer.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            slow.start();
            try {
                String url = "http://127.0.0.1:" + slow.getAddress().getPort() + "/hook";
                server.post(RunningServer.envelope("promise.create", "", RunningServer.promise("t", url)));
                await().until(() -> server.messages("execute", "busy") >= 3);
                assertThat(bodies).hasSize(1);

                answer.countDown();
                await().until(() -> bodies.size() >= 2);
                assertThat(server.messages("execute", "taken")).isPositive();
            } finally {
                answer.countDown();
                slow.stop(0);
            }
        }
    }

    @Test
    void nothingIsPostedWhereTheRulesForbidIt() throws Exception {
        var bodies = new ConcurrentLinkedQueue<String>();
        var settings = RunningServer.settings(
                folder, PollGroups.CONNECTIONS_MAX, List.of("workers.internal", "127.0.0.1:1"), AuthSettings.OFF);
        try (var server = new RunningServer(settings)) {
            var listener = listener(bodies, new ConcurrentLinkedQueue<>(), 0);
            try {
                settleWithListener(
                        server, "a", "http://127.0.0.1:" + listener.getAddress().getPort() + "/hook");
                await().until(() -> server.messages("unblock", "refused") == 1);
                assertThat(bodies).isEmpty();
            } finally {
                listener.stop(0);
            }
        }
    }

    private static HttpServer listener(Queue<String> bodies, Queue<String> headers, int failures) throws IOException {
        var left = new AtomicInteger(failures);
        var listener = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        listener.createContext("/hook", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            headers.add(exchange.getRequestHeaders().getFirst("content-type") + " "
                    + exchange.getRequestHeaders().getFirst("authorization"));
            exchange.sendResponseHeaders(left.getAndDecrement() > 0 ? 503 : 204, -1);
            exchange.close();
        });
        listener.start();
        return listener;
    }

    private static void settleWithListener(RunningServer server, String id, String address) {
        settleWithListener(server, id, address, "");
    }

    private static void settleWithListener(RunningServer server, String id, String address, String value) {
        String create = "{\"id\":\"%s\",\"timeoutAt\":%d}".formatted(id, Long.MAX_VALUE / 2);
        for (var body : List.of(
                RunningServer.envelope("promise.create", "", create),
                RunningServer.envelope(
                        "promise.register_listener",
                        "",
                        "{\"awaited\":\"%s\",\"address\":\"%s\"}".formatted(id, address)),
                RunningServer.envelope(
                        "promise.settle",
                        "",
                        "{\"id\":\"%s\",\"state\":\"resolved\",\"value\":{\"data\":\"%s\"}}".formatted(id, value)))) {
            assertThat(server.post(body).statusCode()).isEqualTo(200);
        }
    }

    static Resonate.Inbox inbox(Queue<Message> messages, AtomicInteger connects) {
        return new Resonate.Inbox() {
            @Override
            public void connected() {
                connects.incrementAndGet();
            }

            @Override
            public void accept(Message message) {
                messages.add(message);
            }
        };
    }
}
