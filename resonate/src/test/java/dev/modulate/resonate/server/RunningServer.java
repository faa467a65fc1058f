package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.server.auth.AuthSettings;
import dev.modulate.resonate.server.delivery.PushRules;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/** A server on a free port of this machine. */
final class RunningServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final PrometheusMeterRegistry meters = Meters.ofProcess();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ResonateServer server;
    private final ServerShell shell;

    RunningServer(ResonateSettings settings) {
        server = new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
        shell = new ServerShell("resonate", settings.host(), 0, meters, server.services(), server::mount);
        server.start();
        shell.start();
    }

    /** @param push see {@link PushRules#of} */
    static ResonateSettings settings(Path folder, int pollConnectionsMax, List<String> push, AuthSettings auth) {
        return settings("rocksdb:" + folder, pollConnectionsMax, push, auth);
    }

    private static ResonateSettings settings(
            String store, int pollConnectionsMax, List<String> push, AuthSettings auth) {
        return new ResonateSettings(
                "127.0.0.1",
                0,
                new ResonateSettings.Store(store, "", Duration.ZERO),
                new Rules(200),
                false,
                new ResonateSettings.Listeners(pollConnectionsMax, Duration.ofSeconds(15)),
                PushRules.of(push, "pushed"),
                auth);
    }

    static RunningServer open(Path folder) {
        return new RunningServer(settings(folder, PollGroups.CONNECTIONS_MAX, List.of("any"), AuthSettings.OFF));
    }

    /** @param store where promises are kept, as the setting says it */
    static RunningServer on(String store) {
        return new RunningServer(settings(store, PollGroups.CONNECTIONS_MAX, List.of("any"), AuthSettings.OFF));
    }

    /** The same settings, with another period of keep-alives. */
    static ResonateSettings keepAlive(Path folder, Duration keepAlive) {
        var settings = settings(folder, PollGroups.CONNECTIONS_MAX, List.of("any"), AuthSettings.OFF);
        return new ResonateSettings(
                settings.host(),
                settings.port(),
                settings.store(),
                settings.rules(),
                settings.debug(),
                new ResonateSettings.Listeners(PollGroups.CONNECTIONS_MAX, keepAlive),
                settings.push(),
                settings.auth());
    }

    int port() {
        return shell.port();
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    HttpResonate client() {
        return HttpResonate.open(url(""), System::nanoTime, new Random(2));
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(url(path)).build());
    }

    HttpResponse<String> post(byte[] body) {
        return send(HttpRequest.newBuilder(url("/"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    HttpResponse<String> post(String body) {
        return post(body.getBytes(StandardCharsets.UTF_8));
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(response.body(), e);
        }
    }

    /** @param auth a token; empty for none */
    static String envelope(String kind, String auth, String data) {
        String token = auth.isEmpty() ? "" : ",\"auth\":\"" + auth + "\"";
        return "{\"kind\":\"%s\",\"head\":{\"corrId\":\"7\",\"version\":\"2026-04-01\"%s},\"data\":%s}"
                .formatted(kind, token, data);
    }

    /** Settles a new promise that somebody listens to. */
    void settle(String id, String listener, String value) {
        for (var body : List.of(
                envelope("promise.create", "", "{\"id\":\"%s\",\"timeoutAt\":%d}".formatted(id, Long.MAX_VALUE / 2)),
                envelope(
                        "promise.register_listener",
                        "",
                        "{\"awaited\":\"%s\",\"address\":\"%s\"}".formatted(id, listener)),
                envelope(
                        "promise.settle",
                        "",
                        "{\"id\":\"%s\",\"state\":\"resolved\",\"value\":{\"data\":\"%s\"}}".formatted(id, value)))) {
            assertThat(post(body).statusCode()).isEqualTo(200);
        }
    }

    static String promise(String id, String target) {
        return "{\"id\":\"%s\",\"timeoutAt\":%d,\"tags\":{\"resonate:target\":\"%s\"}}"
                .formatted(id, Long.MAX_VALUE / 2, target);
    }

    double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    double messages(String kind, String outcome) {
        return meters.get("modulate.resonate.messages")
                .tags("kind", kind, "outcome", outcome)
                .counter()
                .count();
    }

    @Override
    public void close() {
        http.close();
        server.close();
        shell.close();
    }
}
