package dev.modulate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import dev.modulate.invocation.v1.CancelInvocationRequest;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.FailedAttempt;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.ListInvocationsRequest;
import dev.modulate.invocation.v1.WaitInvocationRequest;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.v1.LocateInvocationResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that are created first and read, waited for, listed or cancelled later. */
class InvocationsTest {
    private final World world = World.ofOneRouter();

    @BeforeEach
    void deploy() {
        world.registry.deploy("resize", FunctionSpec.getDefaultInstance());
        world.registry.deploy("train", FunctionSpec.getDefaultInstance());
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void createAnswersOnceTheCallIsDurable() {
        var created = create("job-1", "resize", "1");

        assertThat(created.getState()).isEqualTo(Invocation.State.STATE_PENDING);
        assertThat(created.getExpireTime().getSeconds()
                        - created.getCreateTime().getSeconds())
                .isBetween(86_399L, 86_401L);
        assertThat(world.resonate.promises).containsKey("default_job-1");
        assertThat(get("job-1")).isEqualTo(created);
    }

    @Test
    void outcomesOfCallsNobodyWaitsForAreCounted() {
        create("job-11", "resize", "1");
        world.router().succeed("default_job-11", "1");
        world.router().pushSucceeded("default_job-11", "1");

        assertThat(counted("accepted")).isEqualTo(1);
        assertThat(counted("succeeded")).isEqualTo(1);
    }

    private double counted(String outcome) {
        return world.meters
                .counter("modulate.invocations", "tenant", "default", "function", "resize", "outcome", outcome)
                .count();
    }

    @Test
    void createWithTheSameIdAnswersWithTheFirst() {
        create("job-2", "resize", "1");
        world.router().succeed("default_job-2", "2");

        assertThat(create("job-2", "resize", "1").getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertRefused(() -> create("job-2", "train", "1"), Status.Code.ALREADY_EXISTS, "job-2");
    }

    @Test
    void getShowsWhereItRuns() {
        create("job-3", "resize", "1");
        world.router()
                .located
                .put(
                        "default_job-3",
                        LocateInvocationResponse.newBuilder()
                                .setState(Invocation.State.STATE_RUNNING)
                                .setNode("nodes/n7")
                                .setAttempt(1)
                                .build());

        var found = get("job-3");

        assertThat(found.getState()).isEqualTo(Invocation.State.STATE_RUNNING);
        assertThat(found.getNode()).isEqualTo("nodes/n7");
    }

    @Test
    void getShowsTheAttemptsThatFailed() {
        create("job-4", "resize", "1");
        recordFailedAttempt("default_job-4", 1);
        recordFailedAttempt("default_job-4", 2);
        world.router()
                .fail(
                        "default_job-4",
                        Failure.newBuilder().setReason("FUNCTION_ERROR").build(),
                        3);

        var found = get("job-4");

        assertThat(found.getState()).isEqualTo(Invocation.State.STATE_FAILED);
        assertThat(found.getAttempt()).isEqualTo(3);
        assertThat(found.getDeadLetter()).isTrue();
        assertThat(found.getFailedAttemptsList())
                .extracting(FailedAttempt::getAttempt)
                .containsExactly(1L, 2L);
    }

    @Test
    void unknownAndIllegalNamesAreTold() {
        assertRefused(() -> get("job-404"), Status.Code.NOT_FOUND, "invocations/job-404");
        assertRefused(() -> get("a b"), Status.Code.INVALID_ARGUMENT, "invocations/a b");
        assertRefused(() -> waitFor("job-404", 1), Status.Code.NOT_FOUND, "invocations/job-404");
        assertRefused(() -> cancel("job-404", ""), Status.Code.NOT_FOUND, "invocations/job-404");
    }

    @Test
    void waitReturnsAtTheEnd() {
        create("job-5", "resize", "1");
        var waiting = CompletableFuture.supplyAsync(() -> waitFor("job-5", 10));
        Awaitility.await()
                .until(() -> world.meters.get("modulate.api.waiters").gauge().value() == 1);

        world.router().succeed("default_job-5", "5");

        assertThat(waiting.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("5");
    }

    @Test
    void waitReturnsTheStateWhenItsTimeIsOver() {
        create("job-6", "resize", "1");

        assertThat(waitFor("job-6", 0).getState()).isEqualTo(Invocation.State.STATE_PENDING);
        assertThat(world.meters.get("modulate.api.waiters").gauge().value()).isZero();
    }

    @Test
    void waitForAFinishedOneReturnsAtOnce() {
        create("job-7", "resize", "1");
        world.router().succeed("default_job-7", "7");

        assertThat(waitFor("job-7", 10).getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void cancelSettlesAndTellsTheRouters() {
        create("job-8", "resize", "1");
        var waiting = CompletableFuture.supplyAsync(() -> waitFor("job-8", 10));

        var cancelled = cancel("job-8", "not needed");

        assertThat(cancelled.getState()).isEqualTo(Invocation.State.STATE_CANCELLED);
        assertThat(cancelled.getOutcome().getFailure().getReason()).isEqualTo("CANCELLED");
        assertThat(cancelled.getOutcome().getFailure().getMessage()).isEqualTo("not needed");
        assertThat(world.router().cancels.getFirst().getTaskId()).isEqualTo("default_job-8");
        assertThat(waiting.join().getState()).isEqualTo(Invocation.State.STATE_CANCELLED);
    }

    @Test
    void cancellingAFinishedOneChangesNothing() {
        create("job-9", "resize", "1");
        world.router().succeed("default_job-9", "9");

        assertThat(cancel("job-9", "too late").getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(world.router().cancels).isEmpty();
    }

    @Test
    void listsGoPageByPageInIdOrder() {
        for (int i = 0; i < 5; i++) {
            create("page-" + i, "resize", "1");
        }
        create("other", "train", "1");

        var names = new ArrayList<String>();
        String token = "";
        do {
            var page = list(ListInvocationsRequest.newBuilder()
                    .setPageSize(2)
                    .setPageToken(token)
                    .setFunction("functions/resize"));
            assertThat(page.getInvocationsList()).hasSizeLessThanOrEqualTo(2).noneMatch(Invocation::hasInput);
            page.getInvocationsList().forEach(invocation -> names.add(invocation.getName()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());

        assertThat(names)
                .containsExactly(
                        "invocations/page-0",
                        "invocations/page-1",
                        "invocations/page-2",
                        "invocations/page-3",
                        "invocations/page-4");
    }

    @Test
    void listsFilterByStateAndDeadLetters() {
        create("done", "resize", "1");
        create("dead", "resize", "1");
        create("alive", "resize", "1");
        world.router().succeed("default_done", "1");
        world.router().fail("default_dead", Failure.getDefaultInstance(), 1);

        assertThat(names(ListInvocationsRequest.newBuilder().setState(Invocation.State.STATE_SUCCEEDED)))
                .containsExactly("invocations/done");
        assertThat(names(ListInvocationsRequest.newBuilder().setState(Invocation.State.STATE_RUNNING)))
                .containsExactly("invocations/alive");
        assertThat(names(ListInvocationsRequest.newBuilder().setDeadLettersOnly(true)))
                .containsExactly("invocations/dead");
        assertRefused(
                () -> list(ListInvocationsRequest.newBuilder().setPageSize(1001)),
                Status.Code.INVALID_ARGUMENT,
                "page_size");
        assertRefused(
                () -> list(ListInvocationsRequest.newBuilder().setPageToken("*")),
                Status.Code.INVALID_ARGUMENT,
                "page_token");
    }

    @Test
    void aCallWaitsWhileTheRouterIsAway() {
        world.router().stream().die();

        assertThat(create("job-10", "resize", "1").getState()).isEqualTo(Invocation.State.STATE_PENDING);
    }

    private void recordFailedAttempt(String taskId, long attempt) {
        var record = FailedAttempt.newBuilder()
                .setAttempt(attempt)
                .setFailure(Failure.newBuilder().setReason("FUNCTION_ERROR"))
                .build();
        world.resonate.create(
                taskId + "." + attempt,
                0,
                new Value(Map.of(), Base64.getEncoder().encodeToString(record.toByteArray())),
                Map.of("modulate:kind", "attempt", "resonate:origin", taskId));
    }

    private Invocation create(String id, String function, String json) {
        return world.invocations()
                .createInvocation(CreateInvocationRequest.newBuilder()
                        .setInvocationId(id)
                        .setTarget(InvokeFunctionTest.target(function, ""))
                        .setInput(InvokeFunctionTest.json(json))
                        .build())
                .getInvocation();
    }

    private Invocation get(String id) {
        return world.invocations()
                .getInvocation(GetInvocationRequest.newBuilder()
                        .setName("invocations/" + id)
                        .build())
                .getInvocation();
    }

    private Invocation waitFor(String id, long seconds) {
        return world.invocations()
                .waitInvocation(WaitInvocationRequest.newBuilder()
                        .setName("invocations/" + id)
                        .setTimeout(Duration.newBuilder().setSeconds(seconds))
                        .build())
                .getInvocation();
    }

    private Invocation cancel(String id, String reason) {
        return world.invocations()
                .cancelInvocation(CancelInvocationRequest.newBuilder()
                        .setName("invocations/" + id)
                        .setReason(reason)
                        .build())
                .getInvocation();
    }

    private dev.modulate.invocation.v1.ListInvocationsResponse list(ListInvocationsRequest.Builder request) {
        return world.invocations().listInvocations(request.build());
    }

    private List<String> names(ListInvocationsRequest.Builder request) {
        return list(request).getInvocationsList().stream()
                .map(Invocation::getName)
                .toList();
    }

    private static void assertRefused(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Status.Code code, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).isEqualTo(code);
            assertThat(refused.getStatus().getDescription()).contains(words);
        });
    }
}
