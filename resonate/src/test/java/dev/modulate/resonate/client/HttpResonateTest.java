package dev.modulate.resonate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a server that misbehaves, and against what servers of other make say. */
class HttpResonateTest {
    private static final String PROMISE = """
            {"id":"a","state":"%s","param":{},"value":%s,"tags":{},"timeoutAt":9,"createdAt":1%s}""";
    private static final String PENDING = PROMISE.formatted("pending", "{}", "");
    private static final Value VALUE = new Value(Map.of(), "NDI=");
    private static final Request.PromiseSettle SETTLE = new Request.PromiseSettle("a", PromiseState.RESOLVED, VALUE);
    private static final Request.TaskCreate CREATE = new Request.TaskCreate(
            "me", 5_000, new Request.PromiseCreate("a", 9, Value.EMPTY, Map.of("resonate:target", "poll://any@g")));

    private final FakeServer server = new FakeServer();
    /** Passes when a test says so: no call gives up because the machine is slow. */
    private final AtomicLong nanos = new AtomicLong();

    private final HttpResonate resonate = client(Duration.ofSeconds(60));

    private HttpResonate client(Duration attempt) {
        return new HttpResonate(new HttpResonate.Target(server.url(), "secret", attempt), nanos::get, new Random(1));
    }

    @AfterEach
    void stop() {
        resonate.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503})
    void repeatsTheSameRequestAfterAFaultOfTheServer(int status) {
        server.then((exchange, request) -> FakeServer.write(exchange, status, "try later"))
                .then(200, "{\"promise\":%s}".formatted(PENDING));

        assertThat(ok(new Request.PromiseGet("a")).promise().state()).isEqualTo(PromiseState.PENDING);
        assertThat(server.asked).hasSize(2);
        assertThat(server.asked.get(1)).isEqualTo(server.asked.get(0));
        assertThat(server.asked.get(0).at("/head/auth").asText()).isEqualTo("secret");
    }

    @Test
    void aReplyToSomethingElseIsNoReply() {
        var right = "{\"promise\":%s}".formatted(PENDING);
        server.then((exchange, request) ->
                        FakeServer.write(exchange, 200, FakeServer.envelope("promise.get", "c-other", 200, right)))
                .then((exchange, request) -> FakeServer.write(
                        exchange,
                        200,
                        FakeServer.envelope(
                                "promise.create", request.at("/head/corrId").asText(), 200, right)))
                .then((exchange, request) -> FakeServer.write(exchange, 200, "<html>"))
                .then(200, right);

        assertThat(ok(new Request.PromiseGet("a")).promise().id()).isEqualTo("a");
        assertThat(server.asked).hasSize(4);
    }

    @Test
    void asksAgainWhenAServerIsSlow() {
        var ended = new CountDownLatch(1);
        server.then(200, "{\"promise\":%s}".formatted(PENDING));
        ok(new Request.PromiseGet("a"));
        server.then((exchange, request) -> await(ended)).thenAlways(200, "{\"promise\":%s}".formatted(PENDING));

        try (var hasty = client(Duration.ofSeconds(1))) {
            assertThat(hasty.call(new Request.PromiseGet("a"))).isInstanceOf(Reply.Ok.class);
        }
        assertThat(server.asked).hasSizeGreaterThanOrEqualTo(3);
        ended.countDown();
    }

    @Test
    void givesUpWithTheLastFault() {
        server.then((exchange, request) -> {
            nanos.set(HttpResonate.REQUEST_TIMEOUT.toNanos());
            FakeServer.write(exchange, 503, "no store");
        });

        assertThatThrownBy(() -> resonate.call(new Request.PromiseGet("a")))
                .isInstanceOf(ResonateUnavailableException.class)
                .hasMessageContaining("promise.get got no answer within 10 s: status 503: no store");
    }

    @ParameterizedTest
    @CsvSource({"401,Unauthorized", "413,length limit exceeded", "410,gone"})
    void takesARefusalThatCameWithoutAnEnvelope(int status, String words) {
        server.then((exchange, request) -> FakeServer.write(exchange, status, words));

        assertThat(resonate.call(new Request.PromiseGet("a"))).isEqualTo(new Reply.Refused<>(status, words));
    }

    @ParameterizedTest
    @CsvSource({"404,Promise not found", "501,not offered", "409,conflict"})
    void readsTheStatusFromTheHeadWhenHttpSaysTwoHundred(int status, String words) {
        server.then((exchange, request) ->
                FakeServer.write(exchange, 200, FakeServer.envelope(request, status, "\"" + words + "\"")));

        assertThat(resonate.call(new Request.PromiseGet("a"))).isEqualTo(new Reply.Refused<>(status, words));
    }

    @Test
    void repeatsAfterAFaultThatOnlyTheHeadTells() {
        server.then((exchange, request) ->
                        FakeServer.write(exchange, 200, FakeServer.envelope(request, 500, "\"serialization\"")))
                .then(200, "{\"promise\":%s}".formatted(PENDING));

        assertThat(ok(new Request.PromiseGet("a")).promise().id()).isEqualTo("a");
    }

    @Test
    void readsNullsAsAbsent() {
        server.then(200, """
                {"promise":{"id":"a","state":"pending","param":{"headers":null,"data":null},"value":{"data":null},
                "tags":null,"timeoutAt":9,"createdAt":1,"settledAt":null,"more":[1]}}""");

        var promise = ok(new Request.PromiseGet("a")).promise();

        assertThat(promise.param()).isEqualTo(Value.EMPTY);
        assertThat(promise.value()).isEqualTo(Value.EMPTY);
        assertThat(promise.tags()).isEmpty();
        assertThat(promise.settledAtMillis()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            value = {"2;2", "[\"b\",\"c\"];2", "true;1", "false;0", "null;0"},
            delimiter = ';')
    void readsResumesHoweverTheyAreWritten(String written, int count) {
        server.then(
                200,
                "{\"task\":{\"id\":\"a\",\"state\":\"pending\",\"version\":1,\"resumes\":%s,\"pid\":null}}"
                        .formatted(written));

        assertThat(ok(new Request.TaskGet("a")).task().resumes()).isEqualTo(count);
    }

    @Test
    void ownsTheTaskWhoseGrantGotLost() {
        server.thenLoseTheReply()
                .then(409, "\"Task is acquired\"")
                .then(200, "{\"task\":%s}".formatted(task("acquired", 1, "me")))
                .then(200, "{\"promise\":%s}".formatted(PENDING));

        var grant = ok(CREATE);

        assertThat(grant.task().state()).isEqualTo(TaskState.ACQUIRED);
        assertThat(grant.promise().id()).isEqualTo("a");
        assertThat(server.kinds()).containsExactly("task.create", "task.create", "task.get", "promise.get");
    }

    @Test
    void ownsTheTaskThatItHadAcquiredUnderTheNextVersionOnly() {
        var acquire = new Request.TaskAcquire("a", 1, "me", 5_000);
        server.thenLoseTheReply()
                .then(409, "\"no\"")
                .then(200, "{\"task\":%s}".formatted(task("acquired", 2, "me")))
                .then(200, "{\"promise\":%s}".formatted(PENDING));
        assertThat(ok(acquire).task().version()).isEqualTo(2);

        server.thenLoseTheReply().then(409, "\"no\"").then(200, "{\"task\":%s}".formatted(task("acquired", 3, "me")));
        assertThat(resonate.call(acquire)).isEqualTo(new Reply.Refused<>(409, "no"));

        server.thenLoseTheReply().then(409, "\"no\"").then(200, "{\"task\":%s}".formatted(task("acquired", 2, "you")));
        assertThat(resonate.call(acquire)).isEqualTo(new Reply.Refused<>(409, "no"));
    }

    @Test
    void aConflictOfTheFirstTryIsAConflict() {
        server.then(409, "\"Task is acquired\"");

        assertThat(resonate.call(CREATE)).isEqualTo(new Reply.Refused<>(409, "Task is acquired"));
        assertThat(server.kinds()).containsExactly("task.create");
    }

    @Test
    void hasFulfilledWhatHoldsItsValue() {
        var mine = PROMISE.formatted("resolved", "{\"data\":\"NDI=\"}", ",\"settledAt\":5");
        var other = PROMISE.formatted("resolved", "{\"data\":\"other\"}", ",\"settledAt\":5");
        var fulfill = new Request.TaskFulfill("a", 1, SETTLE);
        server.thenLoseTheReply().then(409, "\"no\"").then(200, "{\"promise\":%s}".formatted(mine));
        assertThat(ok(fulfill).promise().value()).isEqualTo(VALUE);

        server.thenLoseTheReply().then(409, "\"no\"").then(200, "{\"promise\":%s}".formatted(other));
        assertThat(resonate.call(fulfill)).isEqualTo(new Reply.Refused<>(409, "no"));
    }

    @Test
    void whatIsGivenUpNeedNotBeGivenUpTwice() {
        server.thenLoseTheReply().then(409, "\"no\"");
        assertThat(resonate.call(new Request.TaskRelease("a", 1))).isInstanceOf(Reply.Ok.class);

        server.thenLoseTheReply().then(409, "\"no\"");
        var suspend = new Request.TaskSuspend("a", 1, List.of(new Request.PromiseRegisterCallback("b", "a")));
        assertThat(resonate.call(suspend)).isEqualTo(new Reply.Ok<>(200, new Answer.Preload(List.of())));

        server.thenLoseTheReply().then(404, "\"no\"");
        assertThat(resonate.call(new Request.ScheduleDelete("a"))).isInstanceOf(Reply.Ok.class);
    }

    @Test
    void sendsOneHeartbeatForEachTask() {
        server.then(200, "{}").then(200, "{}");

        ok(new Request.TaskHeartbeat("me", List.of(new Request.TaskVersion("a", 1), new Request.TaskVersion("b", 2))));
        ok(new Request.TaskHeartbeat("me", List.of()));

        assertThat(server.asked)
                .hasSize(2)
                .allSatisfy(request -> assertThat(request.at("/data/tasks")).hasSize(1));
    }

    @Test
    void aStreamThatIsCutIsDialledAgainWithTheToken() throws Exception {
        var messages = new ConcurrentLinkedQueue<Message>();
        var connects = new AtomicInteger();
        var end = new CountDownLatch(1);
        server.then(stream("""
                        : keep-alive\r
                        \r
                        data: {"kind":"execute","head":{},\r
                        data: "data":{"task":{"id":"ä","version":3}}}\r
                        \r
                        data: {"kind":"execute","head":{"serv""", null))
                .then((exchange, request) -> FakeServer.write(exchange, 503, "Poll registration at capacity"))
                .then(stream(
                        "data: nonsense\n\ndata:{\"kind\":\"execute\",\"data\":{\"task\":{\"id\":\"b\",\"version\":0}}}\n\n",
                        end));

        var handle = resonate.poll("g", "me", inbox(messages, connects));

        org.awaitility.Awaitility.await().until(() -> messages.size() == 2);
        assertThat(messages).containsExactly(new Message.Execute("ä", 3), new Message.Execute("b", 0));
        assertThat(connects).hasValue(2);
        assertThat(server.authorizations).containsOnly("Bearer secret");
        handle.close();
        end.countDown();
    }

    private static FakeServer.Saying stream(String text, @Nullable CountDownLatch end) {
        return (exchange, request) -> {
            exchange.getResponseHeaders().set("content-type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                // Byte by byte: characters and events come in pieces.
                for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                    out.write(b);
                    out.flush();
                }
                if (end != null) {
                    await(end);
                }
            }
        };
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static Resonate.Inbox inbox(Queue<Message> messages, AtomicInteger connects) {
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

    private static String task(String state, int version, String pid) {
        return "{\"id\":\"a\",\"state\":\"%s\",\"version\":%d,\"resumes\":0,\"ttl\":5000,\"pid\":\"%s\"}"
                .formatted(state, version, pid);
    }

    private <A> A ok(Request<A> request) {
        var reply = resonate.call(request);
        assertThat(reply).isInstanceOf(Reply.Ok.class);
        return ((Reply.Ok<A>) reply).answer();
    }
}
