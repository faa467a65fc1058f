package dev.modulate.resonate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.sun.net.httpserver.HttpServer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Resonate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PollStreamTest {
    @Test
    void aServerThatFallsSilentIsDialledAgainAndOneThatNeverGaveASignOfLifeIsNot() throws Exception {
        var lively = new AtomicInteger();
        var quiet = new AtomicInteger();
        var end = new CountDownLatch(1);
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        serve(server, "/poll/g/lively", ": keep-alive\n\n", lively, end);
        serve(server, "/poll/g/quiet", "event: message\n\n", quiet, end);
        server.start();
        try (var factory = ClientFactory.builder().build()) {
            var client = WebClient.builder(
                            "http://127.0.0.1:" + server.getAddress().getPort())
                    .factory(factory)
                    .build();
            var streams = new PollStream[] {stream(client, factory, "quiet"), stream(client, factory, "lively")};
            for (var stream : streams) {
                stream.start();
            }

            await().until(() -> quiet.get() == 1 && lively.get() >= 4);
            assertThat(quiet).hasValue(1);
            for (var stream : streams) {
                stream.close();
            }
        } finally {
            end.countDown();
            server.stop(0);
        }
    }

    private static PollStream stream(WebClient client, ClientFactory factory, String id) {
        var target = new PollStream.Target(client, "g", id, "", Duration.ofMillis(100));
        return new PollStream(target, factory.eventLoopGroup().next(), new Random(1), new Resonate.Inbox() {
            @Override
            public void connected() {}

            @Override
            public void accept(Message message) {}
        });
    }

    private static void serve(
            HttpServer server, String path, String first, AtomicInteger connections, CountDownLatch end) {
        server.createContext(path, exchange -> {
            connections.incrementAndGet();
            exchange.getResponseHeaders().add("content-type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(first.getBytes(StandardCharsets.US_ASCII));
            exchange.getResponseBody().flush();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            exchange.close();
        });
    }
}
