package dev.modulate.resonate.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that says what a test tells it to say, in that order, and remembers what it was asked. */
final class FakeServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Saying> script = new ConcurrentLinkedQueue<>();
    private volatile Saying rest = (exchange, request) -> write(exchange, 500, "the script is over");
    final List<JsonNode> asked = new CopyOnWriteArrayList<>();
    final List<String> authorizations = new CopyOnWriteArrayList<>();

    /** One exchange. */
    interface Saying {
        void say(HttpExchange exchange, JsonNode asked) throws IOException;
    }

    FakeServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    FakeServer then(Saying saying) {
        script.add(saying);
        return this;
    }

    /** An envelope that answers what was asked, with the status twice. */
    FakeServer then(int status, String data) {
        return then((exchange, request) -> write(exchange, status, envelope(request, status, data)));
    }

    /** The same to everything that comes after what was said before. */
    void thenAlways(int status, String data) {
        rest = (exchange, request) -> write(exchange, status, envelope(request, status, data));
    }

    /** The operation is applied, and the connection ends before the reply. */
    FakeServer thenLoseTheReply() {
        return then((exchange, request) -> exchange.close());
    }

    /** Kinds that were asked for. */
    List<String> kinds() {
        var kinds = new ArrayList<String>();
        asked.forEach(request -> kinds.add(request.path("kind").asText()));
        return kinds;
    }

    static String envelope(JsonNode request, int status, String data) {
        return envelope(
                request.path("kind").asText(),
                request.path("head").path("corrId").asText(),
                status,
                data);
    }

    static String envelope(String kind, String correlationId, int status, String data) {
        return "{\"kind\":\"%s\",\"head\":{\"corrId\":\"%s\",\"status\":%d,\"version\":\"2026-04-01\"},\"data\":%s}"
                .formatted(kind, correlationId, status, data);
    }

    static void write(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        var request = JSON.readTree(body.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body);
        asked.add(request);
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("authorization")));
        var saying = script.poll();
        (saying == null ? rest : saying).say(exchange, request);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
