package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What black-box suites use: reset, tick, snap and a time of their own, over {@code POST /}. */
class DebugHttpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CREATE = """
            {"id": "a", "timeoutAt": 5000, "tags": {"resonate:target": "poll://any@w"}}""";

    @TempDir
    Path folder;

    private int port;

    private interface Suite {
        void run() throws Exception;
    }

    private void with(boolean debug, Suite suite) throws Exception {
        var meters = Meters.ofProcess();
        var local = ResonateSettings.local(folder, Duration.ofMillis(500));
        var settings = new ResonateSettings(
                local.host(),
                local.port(),
                local.store(),
                local.rules(),
                debug,
                local.listeners(),
                local.push(),
                local.auth());
        try (var server =
                        new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
                var shell = new ServerShell("resonate", "127.0.0.1", 0, meters, List.of(), server::mount)) {
            server.start();
            shell.start();
            port = shell.port();
            suite.run();
        }
    }

    @Test
    void aSuiteOwnsTheTime() throws Exception {
        with(true, this::useAll);
    }

    private void useAll() throws Exception {
        assertThat(ask("debug.reset", null, "{}").path("head").path("status").intValue())
                .isEqualTo(200);

        var created = ask("promise.create", 1_000L, CREATE).path("data").path("promise");
        assertThat(created.path("createdAt").longValue()).isEqualTo(1_000);
        assertThat(snap().path("taskTimeouts").path(0).path("timeout").longValue())
                .isEqualTo(1_500);

        assertThat(ask("debug.tick", 1_600L, "{\"time\": 1600}").path("data").isArray())
                .isTrue();
        assertThat(snap().path("taskTimeouts").path(0).path("timeout").longValue())
                .isEqualTo(2_100);
        assertThat(snap().path("messages").path(0).path("message").path("kind").textValue())
                .isEqualTo("execute");

        ask("debug.tick", null, "{\"time\": 5000}");
        assertThat(snap().path("promises").path(0).path("state").textValue()).isEqualTo("rejected_timedout");
        assertThat(ask("debug.tick", 1L, "{\"time\": 6000}")
                        .path("head")
                        .path("status")
                        .intValue())
                .isEqualTo(400);

        ask("debug.reset", null, "{}");
        assertThat(snap().path("promises")).isEmpty();
    }

    @Test
    void othersHaveNoDebugOperationsAndKeepTheirOwnTime() throws Exception {
        with(false, this::beRefused);
    }

    private void beRefused() throws Exception {
        assertThat(ask("debug.reset", null, "{}").path("head").path("status").intValue())
                .isEqualTo(403);
        var created = ask("promise.create", 1_000L, CREATE).path("data").path("promise");
        assertThat(created.path("state").textValue()).isEqualTo("rejected_timedout");
    }

    private JsonNode snap() throws Exception {
        return ask("debug.snap", null, "{}").path("data");
    }

    private JsonNode ask(String kind, @Nullable Long debugTimeMillis, String data) throws Exception {
        var envelope = JSON.createObjectNode().put("kind", kind);
        var head = envelope.putObject("head").put("corrId", "1").put("version", "2026-04-01");
        if (debugTimeMillis != null) {
            head.put("resonate:debug_time", debugTimeMillis);
        }
        envelope.set("data", JSON.readTree(data));
        var post = RequestHeaders.builder(HttpMethod.POST, "/")
                .contentType(MediaType.JSON)
                .build();
        var response = WebClient.of("http://127.0.0.1:" + port)
                .execute(post, JSON.writeValueAsBytes(envelope))
                .aggregate()
                .join();
        var answer = JSON.readTree(response.contentUtf8());
        assertThat(answer.path("head").path("status").intValue())
                .isEqualTo(response.status().code());
        return answer;
    }
}
