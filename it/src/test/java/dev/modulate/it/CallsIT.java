package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.FailedAttempt;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.invocation.v1.ListInvocationsRequest;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.Way;
import dev.modulate.registry.v1.RetryPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How calls end, for every way to call. */
@Timeout(300)
class CallsIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final Duration TTL = Duration.ofSeconds(50);

    private static final String ADD = """
            def handler(event, context):
                return {"sum": sum(event["numbers"]), "attempt": context.attempt}
            """;
    private static final String RAISE = """
            class OutOfCheese(Exception):
                pass

            def look_into_the_fridge():
                raise OutOfCheese("no cheddar left")

            def handler(event, context):
                look_into_the_fridge()
            """;
    private static final String THIRD_TIME = """
            def handler(event, context):
                if context.attempt < 3:
                    raise RuntimeError(f"attempt {context.attempt} fails")
                return context.attempt
            """;
    private static final String SLEEP = """
            import time

            def handler(event, context):
                print("asleep", flush=True)
                time.sleep(600)
            """;

    @TempDir
    static Path data;

    private static LocalPlatform platform;
    private static PlatformClient client;
    private static ExecutorService callers;

    @BeforeAll
    static void deploy() {
        platform = LocalPlatform.start(data);
        client = platform.client();
        callers = Executors.newVirtualThreadPerTaskExecutor();
        client.deploy("add", ADD);
        client.deploy("raise", RAISE);
        client.deploy("third-time", THIRD_TIME, spec -> spec.setRetryPolicy(attempts(3)));
        client.deploy("raise-twice", RAISE, spec -> spec.setRetryPolicy(attempts(2)));
        client.deploy("sleep", SLEEP);
        client.deploy("sleep-briefly", SLEEP, spec -> spec.setAttemptTimeout(millis(300)));
    }

    @AfterAll
    static void stop() {
        callers.close();
        platform.close();
    }

    @ParameterizedTest
    @EnumSource
    void aCallReturnsWhatTheFunctionReturns(Way way) {
        var invocation = call(way, "add", "{\"numbers\": [1, 2, 39]}");

        assertThat(invocation.getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(invocation.getOutcome().getOutput()).isEqualTo(PlatformClient.json("{\"sum\": 42, \"attempt\": 1}"));
        assertThat(invocation.getAttempt()).isEqualTo(1);
        assertThat(invocation.getVersion()).isEqualTo(1);
        assertThat(invocation.getNode()).startsWith("nodes/");
        assertThat(invocation.getFailedAttemptsList()).isEmpty();
        assertThat(invocation.hasEndTime()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aCallFailsWithTheErrorOfTheFunctionAndItsTrace(Way way) {
        var invocation = call(way, "raise", "{}");

        assertThat(invocation.getState()).isEqualTo(State.STATE_FAILED);
        var failure = invocation.getOutcome().getFailure();
        assertThat(failure.getReason()).isEqualTo("FUNCTION_ERROR");
        assertThat(failure.getErrorType()).isEqualTo("OutOfCheese");
        assertThat(failure.getMessage()).isEqualTo("no cheddar left");
        assertThat(failure.getTrace())
                .startsWith("Traceback (most recent call last):")
                .contains("app.py\", line 8, in handler", "line 5, in look_into_the_fridge")
                .contains("OutOfCheese: no cheddar left")
                .doesNotContain("bootstrap");
        assertThat(invocation.getAttempt()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatFailsTwiceSucceedsAtTheThirdAttempt(Way way) {
        var invocation = call(way, "third-time", "{}");

        assertThat(invocation.getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(output(invocation)).isEqualTo("3");
        assertThat(invocation.getAttempt()).isEqualTo(3);
        assertThat(invocation.getFailedAttemptsList())
                .extracting(FailedAttempt::getAttempt)
                .containsExactly(1L, 2L);
        assertThat(invocation.getFailedAttemptsList())
                .extracting(attempt -> attempt.getFailure().getMessage())
                .containsExactly("attempt 1 fails", "attempt 2 fails");
        assertThat(invocation.getFailedAttemptsList()).allSatisfy(attempt -> {
            assertThat(attempt.getNode()).startsWith("nodes/");
            assertThat(attempt.getFailure().getReason()).isEqualTo("FUNCTION_ERROR");
            assertThat(attempt.getFailure().getErrorType()).isEqualTo("RuntimeError");
        });
    }

    @ParameterizedTest
    @EnumSource
    void anAttemptThatTakesTooLongIsAFailure(Way way) {
        var invocation = call(way, "sleep-briefly", "{}");

        assertThat(invocation.getState()).isEqualTo(State.STATE_FAILED);
        assertThat(invocation.getOutcome().getFailure().getReason()).isEqualTo("ATTEMPT_TIMEOUT");
        assertThat(invocation.getAttempt()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aCallTimesOutWhenItsTimeToLiveIsOver(Way way) {
        var invocation = way.call(
                client, request("", "sleep", "{}").setTtl(millis(1_500)).build());

        assertThat(invocation.getState()).isEqualTo(State.STATE_TIMED_OUT);
        assertThat(invocation.getOutcome().getFailure().getReason()).isEqualTo("TIMED_OUT");
    }

    @ParameterizedTest
    @EnumSource
    void aRunningCallIsCancelled(Way way) throws InterruptedException, ExecutionException {
        String id = "cancel-" + way;
        var request = request(id, "sleep", "{}").build();
        var outcome = CompletableFuture.supplyAsync(() -> way.call(client, request), callers);
        await().atMost(AT_MOST).until(() -> isRunning(id));

        var told = client.cancel("invocations/" + id, "the fridge is empty");
        var invocation = outcome.get();

        assertThat(told.getState()).isEqualTo(State.STATE_CANCELLED);
        assertThat(invocation.getState()).isEqualTo(State.STATE_CANCELLED);
        assertThat(invocation.getOutcome().getFailure().getReason()).isEqualTo("CANCELLED");
        assertThat(invocation.getOutcome().getFailure().getMessage()).contains("the fridge is empty");
        assertThat(client.cancel("invocations/" + id, "again")).isEqualTo(client.get("invocations/" + id));
    }

    @ParameterizedTest
    @EnumSource
    void aCallWithoutAttemptsLeftIsADeadLetter(Way way) {
        var alive = call(way, "third-time", "{}");
        var dead = call(way, "raise-twice", "{}");

        assertThat(dead.getState()).isEqualTo(State.STATE_FAILED);
        assertThat(dead.getDeadLetter()).isTrue();
        assertThat(dead.getAttempt()).isEqualTo(2);
        assertThat(dead.getFailedAttemptsList())
                .extracting(FailedAttempt::getAttempt)
                .containsExactly(1L);
        assertThat(client.invocations()
                        .listInvocations(ListInvocationsRequest.newBuilder()
                                .setDeadLettersOnly(true)
                                .build())
                        .getInvocationsList())
                .extracting(Invocation::getName)
                .contains(dead.getName())
                .doesNotContain(alive.getName());
    }

    @Test
    void aWatchTellsEveryStateInOrderAndWhatTheFunctionPrints() {
        String name = client.create(request("", "sleep", "{}").build()).getName();
        var events = new ArrayList<WatchInvocationResponse>();
        client.invocations()
                .watchInvocation(
                        WatchInvocationRequest.newBuilder().setName(name).build())
                .forEachRemaining(event -> {
                    events.add(event);
                    if (event.hasOutput()) {
                        client.cancel(name, "it sleeps");
                    }
                });

        assertThat(events.getFirst().hasInvocation()).isTrue();
        assertThat(events)
                .filteredOn(WatchInvocationResponse::hasInvocation)
                .extracting(event -> event.getInvocation().getState())
                .isSubsetOf(State.STATE_PENDING, State.STATE_RUNNING, State.STATE_CANCELLED)
                .endsWith(State.STATE_CANCELLED)
                .isSorted();
        assertThat(events)
                .filteredOn(WatchInvocationResponse::hasOutput)
                .extracting(event -> event.getOutput().getData().toStringUtf8())
                .containsExactly("asleep\n");
    }

    private static Invocation call(Way way, String function, String json) {
        return way.call(client, request("", function, json).build());
    }

    private static CreateInvocationRequest.Builder request(String id, String function, String json) {
        return PlatformClient.createRequest(id, function, json).setTtl(PlatformClient.duration(TTL));
    }

    private static boolean isRunning(String id) {
        try {
            return client.get("invocations/" + id).getState() == State.STATE_RUNNING;
        } catch (io.grpc.StatusRuntimeException e) {
            return false;
        }
    }

    private static String output(Invocation invocation) {
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }

    private static RetryPolicy attempts(int max) {
        return RetryPolicy.newBuilder()
                .setAttemptCountMax(max)
                .setInitialBackoff(millis(50))
                .build();
    }

    private static com.google.protobuf.Duration millis(long millis) {
        return PlatformClient.duration(Duration.ofMillis(millis));
    }
}
