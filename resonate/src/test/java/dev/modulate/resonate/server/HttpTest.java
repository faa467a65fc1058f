package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.WebClient;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpTest {
    @TempDir
    Path folder;

    private final PrometheusMeterRegistry meters = Meters.ofProcess();
    private ResonateServer server;
    private ServerShell shell;
    private HttpResonate resonate;

    @BeforeEach
    void start() {
        start(LowPort.free());
        // Its clock stands still: however long a restart takes, no call gives up.
        resonate = HttpResonate.open(URI.create("http://127.0.0.1:" + shell.port()), () -> 0, new Random(1));
    }

    private void start(int port) {
        var settings = ResonateSettings.local(folder, Duration.ofMillis(200));
        server = new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
        shell = new ServerShell("resonate", "127.0.0.1", port, meters, List.of(), server::mount);
        server.start();
        shell.start();
    }

    @AfterEach
    void stop() {
        resonate.close();
        stopServer();
    }

    private void stopServer() {
        server.close();
        shell.close();
    }

    @Test
    void aTaskLivesItsLifeOverHttp() {
        var grant = ok(taskCreate("a"));
        assertThat(grant.task().version()).isEqualTo(1);
        ok(new Request.TaskHeartbeat("me", List.of(new Request.TaskVersion("a", 1))));
        var child = new Request.PromiseCreate("a.1", 0, new Value(Map.of(), "why"), Map.of(Tags.TIMER, "true"));
        var fenced = ok(new Request.TaskFence("a", 1, child));
        assertThat(fenced.kind()).isEqualTo("promise.create");
        assertThat(((Reply.Ok<Answer.OfPromise>) fenced.action())
                        .answer()
                        .promise()
                        .state())
                .isEqualTo(PromiseState.RESOLVED);
        ok(new Request.TaskRelease("a", 1));
        assertThat(ok(new Request.TaskGet("a")).task().state()).isEqualTo(TaskState.PENDING);
        assertThat(ok(new Request.TaskAcquire("a", 1, "me", 10_000)).task().version())
                .isEqualTo(2);
        var value = new Value(Map.of("content-type", "text/plain"), "NDI=");
        var done = ok(new Request.TaskFulfill("a", 2, new Request.PromiseSettle("a", PromiseState.RESOLVED, value)));
        assertThat(done.promise().value()).isEqualTo(value);
        assertThat(resonate.call(taskCreate("b"))).isInstanceOf(Reply.Ok.class);
        assertThat(resonate.call(taskCreate("b"))).isEqualTo(new Reply.Refused<Answer.Grant>(409, "Task is acquired"));
        assertThat(ok(new Request.PromiseSearch(null, Map.of(), 2, null)).cursor())
                .isEqualTo("a.1");
    }

    @Test
    void messagesArriveOverServerSentEventsAlsoAfterTheServerWasRestarted() throws Exception {
        var messages = new ConcurrentLinkedQueue<Message>();
        var connects = new AtomicInteger();
        var handle = resonate.poll("workers", "w-1", new Resonate.Inbox() {
            @Override
            public void connected() {
                connects.incrementAndGet();
            }

            @Override
            public void accept(Message message) {
                messages.add(message);
            }
        });
        await().until(() -> connects.get() == 1);
        ok(create("a"));
        ok(new Request.PromiseRegisterListener("a", "poll://uni@workers/w-1"));
        await().until(() -> messages.contains(new Message.Execute("a", 0)));

        int port = shell.port();
        stopServer();
        start(port);

        await().until(() -> connects.get() == 2);
        var settled = ok(new Request.PromiseSettle("a", PromiseState.RESOLVED, Value.EMPTY));
        await().until(() -> messages.contains(new Message.Unblock(settled.promise())));
        handle.close();
    }

    @Test
    void aCallDuringARestartIsAnsweredAfterIt() {
        int port = shell.port();
        stopServer();
        var waiting = resonate.send(create("late"));
        start(port);

        assertThat(waiting.orTimeout(60, TimeUnit.SECONDS).join()).isInstanceOf(Reply.Ok.class);
    }

    @Test
    void whatIsMalformedIsRefusedInTheEnvelopeOfTheProtocol() {
        assertThat(post("{")).contains("\"status\":400").contains("Malformed JSON");
        assertThat(post("[]")).contains("envelope must be an object");
        assertThat(post("{\"kind\":\"promise.get\",\"head\":{\"corrId\":\"7\",\"version\":\"1\"},\"data\":{}}"))
                .contains("\"corrId\":\"7\"")
                .contains("Unsupported protocol version 1");
        assertThat(post(envelope("promise.nonsense", "{}"))).contains("Unknown kind promise.nonsense");
        assertThat(post(envelope("promise.get", "{}"))).contains("data.id is missing");
        assertThat(post(envelope("promise.create", "{\"id\":\"x\",\"timeoutAt\":\"soon\"}")))
                .contains("data.timeoutAt must be a whole number");
        assertThat(post("{\"a\":".repeat(5_000))).contains("\"status\":400");
    }

    @Test
    void healthIsShownAndOperationsAreMeasured() {
        ok(create("a"));
        var client = WebClient.of("http://127.0.0.1:" + shell.port());
        assertThat(client.blocking().get("/ready").status().code()).isEqualTo(200);
        assertThat(client.blocking().get("/metrics").contentUtf8())
                .contains("modulate_resonate_operations_seconds_count{kind=\"promise.create\",status=\"200\"} 1");
    }

    private String post(String body) {
        return WebClient.of("http://127.0.0.1:" + shell.port())
                .blocking()
                .post("/", body)
                .contentUtf8();
    }

    private static String envelope(String kind, String data) {
        return "{\"kind\":\"%s\",\"head\":{\"corrId\":\"1\",\"version\":\"2026-04-01\"},\"data\":%s}"
                .formatted(kind, data);
    }

    private static Request.PromiseCreate create(String id) {
        return new Request.PromiseCreate(
                id,
                InstantSource.system().millis() + 60_000,
                new Value(Map.of(), "cGFyYW0="),
                Map.of(Tags.TARGET, "poll://any@workers"));
    }

    private static Request.TaskCreate taskCreate(String id) {
        return new Request.TaskCreate("me", 10_000, create(id));
    }

    private <A> A ok(Request<A> request) {
        var reply = resonate.call(request);
        assertThat(reply).isInstanceOf(Reply.Ok.class);
        return ((Reply.Ok<A>) reply).answer();
    }
}
