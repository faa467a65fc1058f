package dev.modulate.router.dispatch;

import static dev.modulate.router.v1.DispatchResponse.MessageCase.ACCEPTED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.EXISTING;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.PLACED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.REFUSED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.SETTLED;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call from its API to its node. */
class DispatchTest {
    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void makesACallDurableAndHandsItOverAtOnce() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");

        String id = api.dispatch("a");

        assertThat(api.cases(id)).containsExactly(ACCEPTED);
        assertThat(node.assigned()).containsExactly("default_a@1");
        var assignment = node.assignment(id);
        assertThat(assignment.getOwnerPid()).isEqualTo("router-1");
        assertThat(assignment.getRecord().getInput().getData().toStringUtf8()).isEqualTo("a");
        assertThat(assignment.getSinks(0).getAddress()).isEqualTo("api-1");
        assertThat(assignment.getLastAttempt()).isTrue();
        assertThat(assignment.getLeaseRemaining().getSeconds()).isEqualTo(10);
        assertThat(assignment.getDeadlineRemaining().getSeconds()).isEqualTo(60);
        var promise = platform.resonate.promise(id);
        assertThat(promise.tags())
                .containsEntry("modulate:function", "f")
                .containsEntry("modulate:request", "sha-of-a")
                .containsEntry("modulate:tenant", "default")
                .containsEntry("modulate:kind", "invocation")
                .containsEntry("resonate:target", "poll://any@router-main");
        assertThat(api.last(id, ACCEPTED).getAccepted().getTimeoutUnixMillis()).isEqualTo(promise.timeoutAtMillis());
    }

    @Test
    void tellsEveryApiThatAskedWhereTheCallRuns() {
        var node = platform.executor(router, "n1").attach();
        var first = platform.api(router, "api-1");
        var second = platform.api(router, "api-2");
        String id = first.dispatch("a");

        second.dispatch("a");
        node.accept(id);
        node.run(id);

        assertThat(first.cases(id)).containsExactly(ACCEPTED, PLACED, PLACED);
        assertThat(second.cases(id)).containsExactly(EXISTING, PLACED, PLACED);
        var placed = second.last(id, PLACED).getPlaced();
        assertThat(placed.getNode()).isEqualTo("nodes/n1");
        assertThat(placed.getAttempt()).isEqualTo(1);
        assertThat(placed.getRunning()).isTrue();
        assertThat(node.heard.stream().filter(message -> message.hasSubscription()))
                .singleElement()
                .satisfies(message -> assertThat(
                                message.getSubscription().getSink().getAddress())
                        .isEqualTo("api-2"));
    }

    @Test
    void writesTheRecordAndQueuesWhenNoNodeIsThere() {
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");

        assertThat(api.cases(id)).containsExactly(ACCEPTED);
        assertThat(platform.resonate.acquired(id)).isTrue();

        var node = platform.executor(router, "n1").attach();

        assertThat(node.assigned()).containsExactly("default_a@1");
    }

    @Test
    void keepsTheOrderOfArrivalWhenRoomAppears() {
        var node = platform.executor(router, "n1").slots(1).attach();
        var api = platform.api(router, "api-1");
        api.dispatch("a");
        api.dispatch("b");
        api.dispatch("c");

        node.finish("default_a");
        node.finish("default_b");

        assertThat(node.assigned()).containsExactly("default_a@1", "default_b@1", "default_c@1");
    }

    @Test
    void answersTheSameIdWithWhatIsStored() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");
        node.finish(id);

        api.dispatch("a");

        var existing = api.last(id, EXISTING).getExisting();
        assertThat(existing.getSettled()).isTrue();
        assertThat(existing.getRequestSha256()).isEqualTo("sha-of-a");
        assertThat(node.assigned()).hasSize(1);
    }

    @Test
    void answersAConflictWithTheStoredRequestAndSubscribesNobody() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");

        var other = platform.api(router, "api-2");
        other.dispatch("a", invocation -> invocation.setRequestSha256("other"), spec -> spec);
        node.accept(id);

        assertThat(other.cases(id)).containsExactly(EXISTING);
        assertThat(other.last(id, EXISTING).getExisting().getRequestSha256()).isEqualTo("sha-of-a");
    }

    @Test
    void saysWhatIsStoredWhenSomebodyElseOwnsTheCall() {
        var elsewhere = platform.startRouter("router-2");
        platform.api(elsewhere, "api-2").dispatch("a");
        var api = platform.api(router, "api-1");

        String id = api.dispatch("a");

        assertThat(api.cases(id)).containsExactly(EXISTING);
        assertThat(api.last(id, EXISTING).getExisting().getSettled()).isFalse();
    }

    @Test
    void ownsAPendingTaskAndRunsItsStoredInput() {
        var dead = platform.startRouter("router-0");
        platform.api(dead, "api-0").dispatch("a");
        platform.resonate.setLosesMessages(true);
        dead.kill();
        platform.pass(Platform.LEASE);
        assertThat(platform.resonate.acquired("default_a")).isFalse();
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");

        String id = api.dispatch(
                "a",
                invocation -> {
                    invocation.getRecordBuilder().getInputBuilder().setData(ByteString.copyFromUtf8("other"));
                    return invocation;
                },
                spec -> spec);

        assertThat(api.cases(id)).containsExactly(ACCEPTED);
        assertThat(node.assigned()).containsExactly("default_a@2");
        assertThat(node.assignment(id).getRecord().getInput().getData().toStringUtf8())
                .isEqualTo("a");
    }

    @Test
    void ownsAfterALostReplyToItsCreate() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        var lost = platform.api(router, "api-2");
        platform.resonate.setLosesReplies(true);
        String id = lost.dispatch("a");
        assertThat(lost.last(id, REFUSED).getRefused().getCode()).isEqualTo(14);
        platform.resonate.setLosesReplies(false);

        api.dispatch("a");

        assertThat(api.cases(id)).containsExactly(ACCEPTED);
        assertThat(node.assigned()).containsExactly("default_a@1");
    }

    @Test
    void refusesWhenTheQueueIsFullAndWritesNothing() {
        var small = platform.startRouter("router-2", Platform.rules(2));
        var api = platform.api(small, "api-1");
        String first = api.dispatch("a");
        api.dispatch("b");

        String id = api.dispatch("c");

        assertThat(api.cases(id)).containsExactly(REFUSED);
        assertThat(api.last(id, REFUSED).getRefused().getCode()).isEqualTo(8);
        assertThat(retryAfter(api, id)).as("while nobody runs anything").isEqualTo(Duration.ofMinutes(1));
        assertThat(platform.resonate.knows(id)).isFalse();
        assertThat(small.meters
                        .counter(RouterMeters.REFUSED, "reason", "queue_full")
                        .count())
                .isEqualTo(1);
        var again = platform.api(small, "api-2");
        again.dispatch("a");
        assertThat(again.cases(first)).containsExactly(EXISTING);
    }

    @Test
    void aFullQueueSaysWhenItWillHaveRoom() {
        var small = platform.startRouter("router-2", Platform.rules(2));
        var api = platform.api(small, "api-1");
        platform.executor(small, "n1").slots(1).attach();
        api.dispatch("running");
        api.dispatch("a");
        api.dispatch("b");
        platform.pass(Duration.ofMillis(300));

        assertThat(retryAfter(api, api.dispatch("c"))).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(59));
    }

    private static Duration retryAfter(FakeApi api, String id) {
        return api.last(id, REFUSED).getRefused().getDetailsList().stream()
                .filter(detail -> detail.is(RetryInfo.class))
                .map(DispatchTest::delay)
                .findFirst()
                .orElseThrow();
    }

    private static Duration delay(Any detail) {
        try {
            var delay = detail.unpack(RetryInfo.class).getRetryDelay();
            return Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void neverRefusesWhatIsDurableThoughTheQueueIsFull() {
        var small = platform.startRouter("router-2", Platform.rules(1));
        platform.api(router, "api-1").dispatch("durable");
        var api = platform.api(small, "api-2");
        api.dispatch("a");

        String id = api.dispatch("durable");

        assertThat(api.cases(id)).containsExactly(EXISTING);
    }

    @Test
    void refusesWhatNoAttachedNodeCouldEverRun() {
        platform.executor(router, "n1").attach();
        platform.pass(Feasibility.NODES_COME_BACK);
        var api = platform.api(router, "api-1");

        String id = api.dispatchSpec("a", spec -> {
            spec.getResourcesBuilder().setCpuMillis(64_000);
            return spec;
        });

        assertThat(api.cases(id)).containsExactly(REFUSED);
        assertThat(api.last(id, REFUSED).getRefused().getCode()).isEqualTo(9);
        assertThat(platform.resonate.knows(id)).isFalse();
    }

    @Test
    void refusesACallThatBreaksTheGrammarAndKeepsTheStream() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");

        api.dispatch("no spaces");
        String id = api.dispatch("a");

        assertThat(api.last("", REFUSED).getRefused().getMessage()).contains("invocation_id");
        assertThat(node.assigned()).containsExactly(id + "@1");
    }

    @Test
    void takesACancelledCallOutOfTheQueue() {
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");
        platform.resonate.apply(new Request.PromiseSettle(
                id, PromiseState.REJECTED_CANCELED, dev.modulate.resonate.protocol.Value.EMPTY));

        api.cancel(id);
        var node = platform.executor(router, "n1").attach();

        assertThat(api.cases(id)).containsExactly(ACCEPTED, SETTLED);
        assertThat(node.assigned()).isEmpty();
    }

    @Test
    void tellsTheNodeToStopACancelledCall() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");
        node.run(id);

        api.cancel(id);

        assertThat(node.cancelled()).singleElement().satisfies(task -> {
            assertThat(task.getTaskId()).isEqualTo(id);
            assertThat(task.getVersion()).isEqualTo(1);
        });
        assertThat(api.cases(id)).endsWith(SETTLED);
    }

    @Test
    void neverPlacesACallThatWasCancelledBeforeItsCreateWasAnswered() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        platform.resonate.hold(request -> request instanceof Request.TaskCreate);
        String id = api.dispatch("a");
        api.cancel(id);

        platform.resonate.letGo();

        assertThat(node.assigned()).isEmpty();
        assertThat(api.cases(id)).containsExactly(ACCEPTED, SETTLED);
    }

    @Test
    void dropsAQueuedCallAtItsDeadline() {
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");

        platform.pass(FakeApi.DEADLINE);
        var node = platform.executor(router, "n1").attach();

        assertThat(api.cases(id)).containsExactly(ACCEPTED, SETTLED);
        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.REJECTED_TIMEDOUT);
        assertThat(node.assigned()).isEmpty();
    }

    @Test
    void tellsTheNodeToStopAtTheDeadline() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");
        node.run(id);

        platform.pass(FakeApi.DEADLINE);

        assertThat(node.cancelled()).hasSize(1);
        assertThat(api.cases(id)).endsWith(SETTLED);
    }

    @Test
    void sendsOutputToAnApiThatWatchesFromWhereItStands() {
        var node = platform.executor(router, "n1").attach();
        String id = platform.api(router, "api-1").dispatch("a");
        node.run(id);
        var watcher = platform.api(router, "api-2");

        watcher.watch(id, 1, 77);

        assertThat(watcher.cases(id)).containsExactly(PLACED);
        var subscription = node.heard.getLast().getSubscription();
        assertThat(subscription.getOffset()).isEqualTo(77);
        assertThat(subscription.getSink().getAddress()).isEqualTo("api-2");
    }

    @Test
    void tellsAWatcherThatTheCallIsSettled() {
        var node = platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        String id = api.dispatch("a");
        node.finish(id);

        api.watch(id, 1, 0);
        api.watch("default_unknown", 1, 0);

        assertThat(api.cases(id)).endsWith(SETTLED);
        assertThat(api.cases("default_unknown")).containsExactly(REFUSED);
    }

    @Test
    void refusesWhileNoPromiseCanBeWritten() {
        platform.executor(router, "n1").attach();
        var api = platform.api(router, "api-1");
        platform.resonate.setDown(true);

        String id = api.dispatch("a");

        assertThat(api.last(id, REFUSED).getRefused().getCode()).isEqualTo(14);
    }
}
