package dev.modulate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.InvokeFunctionResponse;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.router.v1.DispatchResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that wait for their result. */
class InvokeFunctionTest {
    private World world = World.ofOneRouter();

    @BeforeEach
    void deploy() {
        world.registry.deploy(
                "resize", FunctionSpec.newBuilder().setHandler("a.b").build());
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void answersWithTheResultThatAnExecutorPushes() {
        world.router().executes = true;

        var invocation = invoke(request("job-1", "{\"w\": 1}"));

        assertThat(invocation.getName()).isEqualTo("invocations/job-1");
        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(invocation.getOutcome().getOutput().getData().toStringUtf8()).isEqualTo("\"done\"");
        assertThat(invocation.getVersion()).isEqualTo(1);
        assertThat(invocation.getNode()).isEqualTo("nodes/n1");
        assertThat(invocation.getInput().getMediaType()).isEqualTo("application/json");
        assertThat(world.resonate.requests)
                .as("the happy path asks the server nothing")
                .isEmpty();
        assertThat(world.meters
                        .counter(
                                "modulate.invocations",
                                "tenant",
                                "default",
                                "function",
                                "resize",
                                "outcome",
                                "succeeded")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void picksATimeOrderedIdWhenTheCallerHasNone() {
        world.router().executes = true;

        var first = invoke(request("", "1")).getName();
        var second = invoke(request("", "1")).getName();

        assertThat(first).matches("invocations/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(first.substring(0, 20)).isLessThanOrEqualTo(second.substring(0, 20));
    }

    @Test
    void aFailedFunctionIsAResult() {
        world.router().invocationAnswer = (_, request) -> world.router().accept(request);
        var answer = invokeAsync(request("job-2", "1"));
        awaitDispatch(1);

        world.router()
                .fail(
                        "default_job-2",
                        Failure.newBuilder()
                                .setReason("FUNCTION_ERROR")
                                .setMessage("boom")
                                .setErrorType("ValueError")
                                .build(),
                        1);

        var invocation = answer.join();
        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_FAILED);
        assertThat(invocation.getOutcome().getFailure().getErrorType()).isEqualTo("ValueError");
        assertThat(invocation.getDeadLetter()).isTrue();
    }

    @Test
    void theSameRequestWithTheSameIdGetsTheSameAnswer() {
        world.router().executes = true;
        var first = invoke(request("job-3", "1"));

        var second = invoke(request("job-3", "1"));

        assertThat(second.getOutcome()).isEqualTo(first.getOutcome());
        assertThat(second.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void aSecondCallJoinsTheWaitOfTheFirst() {
        var first = invokeAsync(request("job-4", "1"));
        awaitDispatch(1);
        var second = invokeAsync(request("job-4", "1"));
        awaitDispatch(2);

        world.router().succeed("default_job-4", "42");

        assertThat(first.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("42");
        assertThat(second.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("42");
        assertThat(world.router().watches.getFirst().getTaskId()).isEqualTo("default_job-4");
    }

    @Test
    void anotherRequestWithTheSameIdIsAConflict() {
        world.router().executes = true;
        invoke(request("job-5", "1"));

        assertRefused(request("job-5", "2"), Status.Code.ALREADY_EXISTS, "job-5");
    }

    @Test
    void theCallIsSentAgainWhenTheStreamBreaksBeforeTheAnswer() {
        world.router().invocationAnswer = (stream, request) -> {
            world.router().invocationAnswer = (_, again) -> world.router().accept(again);
            world.router().accept(request);
            stream.die();
            return null;
        };
        var answer = invokeAsync(request("job-6", "1"));
        awaitDispatch(2);

        world.router().succeed("default_job-6", "6");

        assertThat(answer.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("6");
    }

    @Test
    void anotherRouterTakesOverWhenOneBreaks() {
        world.close();
        world = new World(InstantSource.system(), 2, Map.of()).started();
        deploy();
        world.router().invocationAnswer = (stream, _) -> {
            stream.die();
            return null;
        };
        world.routers.get(1).executes = true;

        var invocation = invoke(request("job-7", "1"));

        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(world.routers.get(1).dispatched).hasSize(1);
    }

    @Test
    void readsThePromiseWhenARouterSaysThatItIsSettled() {
        var answer = invokeAsync(request("job-8", "1"));
        awaitDispatch(1);
        world.router().settleResolved("default_job-8", "8");

        world.router().settled("default_job-8");

        assertThat(answer.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("8");
    }

    @Test
    void aLongWaitListensForTheEnd() {
        var answer = invokeAsync(request("job-9", "1"));
        awaitDispatch(1);
        Awaitility.await().until(() -> world.resonate.listeners.containsKey("default_job-9"));
        world.router().settleResolved("default_job-9", "9");

        world.resonate.unblock("default_job-9");

        assertThat(answer.join().getOutcome().getOutput().getData().toStringUtf8())
                .isEqualTo("9");
        assertThat(world.resonate.listeners.get("default_job-9"))
                .allMatch(address -> address.startsWith("poll://uni@api/"));
    }

    @Test
    void aCallWhoseTtlPassesIsTimedOut() {
        var request = request("job-10", "1").toBuilder()
                .setTtl(Duration.newBuilder().setNanos(300_000_000))
                .build();

        var invocation = invoke(request);

        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_TIMED_OUT);
        assertThat(invocation.getOutcome().getFailure().getReason()).isEqualTo("TIMED_OUT");
    }

    @Test
    void theDeadlineOfTheCallIsTheLifetimeOfThePromise() {
        world.router().executes = true;
        world.invocations().withDeadlineAfter(700, TimeUnit.SECONDS).invokeFunction(request("job-11", "1"));
        assertThat(remainingSeconds(0)).isBetween(500L, 700L);

        invoke(request("job-12", "1").toBuilder()
                .setTtl(Duration.newBuilder().setSeconds(3600))
                .build());
        assertThat(remainingSeconds(1)).isBetween(3_400L, 3_600L);
    }

    @Test
    void aCallerThatIsGoneWaitsNoMore() {
        var call = new CompletableFuture<Void>();
        var context = io.grpc.Context.current().withCancellation();
        context.run(() -> world.invocationsAsync().invokeFunction(request("job-13", "1"), new Ignored(call)));
        awaitDispatch(1);
        assertThat(world.meters.get("modulate.api.waiters").gauge().value()).isEqualTo(1);

        context.cancel(null);

        Awaitility.await()
                .until(() -> world.meters.get("modulate.api.waiters").gauge().value() == 0);
    }

    @Test
    void anUnknownFunctionIsNotFoundUnlessTheIdIsKnown() {
        world.router().executes = true;
        var known = request("job-14", "1");
        invoke(known);
        world.registry.delete("resize");

        assertThat(invoke(known).getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertRefused(request("job-14", "2"), Status.Code.ALREADY_EXISTS, "job-14");
        assertRefused(request("job-15", "1"), Status.Code.NOT_FOUND, "functions/resize");
        assertRefused(request("", "1"), Status.Code.NOT_FOUND, "functions/resize");
    }

    @Test
    void callsThatBreakARuleAreRefusedWithTheRule() {
        var large = "\"" + "x".repeat(400_000 - 2) + "\"";
        assertRefused(request("", large), Status.Code.INVALID_ARGUMENT, "400000 bytes", "at most 393216");
        assertRefused(request("", "{\"a\": }"), Status.Code.INVALID_ARGUMENT, "input.data", "byte 6");
        assertRefused(request("a b", "1"), Status.Code.INVALID_ARGUMENT, "invocation_id", "[A-Za-z0-9_-]{1,128}");
        assertRefused(
                request("", "1").toBuilder()
                        .setTtl(Duration.newBuilder().setSeconds(-1))
                        .build(),
                Status.Code.INVALID_ARGUMENT,
                "ttl",
                "-1 s");
        assertRefused(request("", "1").toBuilder().clearTarget().build(), Status.Code.INVALID_ARGUMENT, "target");
        assertThat(world.router().dispatched).isEmpty();
        assertThat(world.meters.get("modulate.api.refused").counters()).isNotEmpty();
    }

    @Test
    void aCallThatContradictsTheLabelsOfItsFunctionIsRefused() {
        var zoneA = Placement.newBuilder().putRequiredNodeLabels("zone", "a");
        world.registry.deploy(
                "placed", FunctionSpec.newBuilder().setPlacement(zoneA).build());
        var request = InvokeFunctionRequest.newBuilder()
                .setTarget(target("placed", ""))
                .setInput(json("1"))
                .setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "b"))
                .build();

        assertRefused(request, Status.Code.INVALID_ARGUMENT, "placement.required_node_labels[zone]: \"b\"", "\"a\"");
        assertThat(world.router().dispatched).isEmpty();
    }

    @Test
    void aFunctionThatDeclaresItsInputTakesNoOther() {
        world.registry.deploy(
                "typed", FunctionSpec.newBuilder().setInputMediaType("text/csv").build());
        var request = InvokeFunctionRequest.newBuilder()
                .setTarget(target("typed", ""))
                .setInput(json("1"))
                .build();

        assertRefused(request, Status.Code.INVALID_ARGUMENT, "input.media_type", "text/csv");
    }

    @Test
    void versionsArePinnedByNumberAndAlias() {
        world.router().executes = true;
        world.registry.deploy(
                "resize",
                FunctionSpec.newBuilder().setHandler("new.handler").build(),
                FakeRegistry.alias("resize", "stable", 2, 99, 2));

        var newest = invoke(request("", "1"));
        var old = invoke(
                request("", "1").toBuilder().setTarget(target("resize", "1")).build());
        var alias = invoke(request("", "1").toBuilder()
                .setTarget(target("resize", "stable"))
                .build());

        assertThat(newest.getVersion()).isEqualTo(2);
        assertThat(old.getVersion()).isEqualTo(1);
        assertThat(world.router().dispatched.get(1).getRecord().getSpec().getHandler())
                .isEqualTo("old.handler");
        assertThat(alias.getVersion()).isEqualTo(2);
        assertRefused(
                request("", "1").toBuilder().setTarget(target("resize", "beta")).build(),
                Status.Code.NOT_FOUND,
                "beta");
        assertRefused(
                request("", "1").toBuilder().setTarget(target("resize", "7")).build(), Status.Code.NOT_FOUND, "\"7\"");
    }

    @Test
    void aSpecThatTheCallerBringsIsCheckedOnce() {
        world.router().executes = true;
        var inline = request("", "1").toBuilder()
                .setTarget(
                        Target.newBuilder().setInline(FunctionSpec.newBuilder().setHandler("script.py")))
                .build();

        var invocation = invoke(inline);
        invoke(inline);

        assertThat(invocation.getVersion()).isZero();
        assertThat(world.router().dispatched.getFirst().getRecord().getSpec().getHandler())
                .isEqualTo("script.py");
        assertThat(world.registry.validated).singleElement().asString().startsWith("inline-");
        assertRefused(
                request("", "1").toBuilder()
                        .setTarget(Target.newBuilder().setInline(FunctionSpec.getDefaultInstance()))
                        .build(),
                Status.Code.INVALID_ARGUMENT,
                "function.spec.handler");
    }

    @Test
    void aRouterThatRefusesIsHeard() {
        world.router().invocationAnswer = (_, _) -> DispatchResponse.newBuilder()
                .setRefused(com.google.rpc.Status.newBuilder()
                        .setCode(com.google.rpc.Code.RESOURCE_EXHAUSTED_VALUE)
                        .setMessage("10000 tasks are queued"));

        assertRefused(request("job-16", "1"), Status.Code.RESOURCE_EXHAUSTED, "10000 tasks");
        assertThat(world.meters.get("modulate.api.waiters").gauge().value()).isZero();
    }

    @Test
    void sayWhatIsMissingWhenNoRouterIsThere() {
        world.close();
        world = new World(InstantSource.system(), 0, Map.of("api.router-wait", "100ms"));
        world.start();
        deploy();

        assertRefused(request("job-17", "1"), Status.Code.UNAVAILABLE, "api.routers");
    }

    private Invocation invoke(InvokeFunctionRequest request) {
        return world.invocations().invokeFunction(request).getInvocation();
    }

    private CompletableFuture<Invocation> invokeAsync(InvokeFunctionRequest request) {
        var answer = new CompletableFuture<Invocation>();
        world.invocationsAsync()
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .invokeFunction(request, new StreamObserver<InvokeFunctionResponse>() {
                    @Override
                    public void onNext(InvokeFunctionResponse response) {
                        answer.complete(response.getInvocation());
                    }

                    @Override
                    public void onError(Throwable cause) {
                        answer.completeExceptionally(cause);
                    }

                    @Override
                    public void onCompleted() {}
                });
        return answer;
    }

    private void assertRefused(InvokeFunctionRequest request, Status.Code code, String... words) {
        assertThatThrownBy(() -> invoke(request)).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).isEqualTo(code);
            assertThat(refused.getStatus().getDescription()).contains(words);
        });
    }

    private void awaitDispatch(int count) {
        Awaitility.await().until(() -> world.router().dispatched.size() >= count);
    }

    private long remainingSeconds(int index) {
        return world.router().dispatched.get(index).getDeadlineRemaining().getSeconds();
    }

    private static InvokeFunctionRequest request(String id, String json) {
        return InvokeFunctionRequest.newBuilder()
                .setInvocationId(id)
                .setTarget(target("resize", ""))
                .setInput(json(json))
                .build();
    }

    static Target target(String function, String qualifier) {
        return Target.newBuilder()
                .setFunction(FunctionRef.newBuilder()
                        .setName("functions/" + function)
                        .setQualifier(qualifier))
                .build();
    }

    static Payload json(String json) {
        return Payload.newBuilder().setData(ByteString.copyFromUtf8(json)).build();
    }

    private record Ignored(CompletableFuture<Void> done) implements StreamObserver<InvokeFunctionResponse> {
        @Override
        public void onNext(InvokeFunctionResponse response) {}

        @Override
        public void onError(Throwable cause) {
            done.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            done.complete(null);
        }
    }
}
