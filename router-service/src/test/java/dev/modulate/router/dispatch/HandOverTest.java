package dev.modulate.router.dispatch;

import static dev.modulate.router.v1.DispatchResponse.MessageCase.ACCEPTED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.PLACED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.SETTLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.RouterProto;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens to a call whose node says no, breaks, or is gone. */
class HandOverTest {
    private static final Duration GRACE = Duration.ofMillis(260);

    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");
    private final FakeApi api = platform.api(router, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void placesARejectedCallElsewhereUnderTheSameVersion() {
        var first = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        var second = platform.executor(router, "n2").attach();

        first.reject(id);

        assertThat(second.assigned()).containsExactly("default_a@1");
        assertThat(platform.resonate.task(id).version()).isEqualTo(1);
    }

    @Test
    void offersARejectedCallAgainAfterAMomentWhenNoOtherNodeTakesIt() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");

        node.reject(id);
        assertThat(node.assigned()).hasSize(1);
        platform.pass(Duration.ofMillis(600));

        assertThat(node.assigned()).containsExactly("default_a@1", "default_a@1");
    }

    @Test
    void movesACallUnderANewVersionWhenItsStreamEnded() {
        var first = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        first.run(id);
        var second = platform.executor(router, "n2").attach();

        first.disconnect();
        assertThat(second.assigned()).isEmpty();
        platform.pass(GRACE);

        assertThat(second.assigned()).containsExactly("default_a@2");
        var lost = PromiseRecords.failedAttempt(platform.resonate.promise(id + ".1"))
                .orElseThrow();
        assertThat(lost.reason()).isEqualTo("NODE_LOST");
        assertThat(platform.resonate.promise(id + ".1").state()).isEqualTo(PromiseState.RESOLVED);
        assertThat(platform.resonate.promise(id + ".1").tags())
                .containsEntry("modulate:kind", "attempt")
                .containsEntry("resonate:origin", id);
    }

    @Test
    void neverSendsAnAssignmentInDoubtAgainUnderItsVersion() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");

        node.disconnect();
        node.forget(id);
        node.attach();

        assertThat(node.assigned()).containsExactly("default_a@1", "default_a@2");
    }

    @Test
    void leavesACallAloneWhoseNodeComesBackInTime() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);

        node.disconnect();
        platform.pass(Duration.ofMillis(200));
        node.attach();
        platform.pass(Duration.ofSeconds(1));

        assertThat(platform.resonate.task(id).version()).isEqualTo(1);
        assertThat(node.cancelled()).isEmpty();
        node.finish(id);
        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void cancelsARunThatComesBackWithAStaleVersion() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);

        node.disconnect();
        platform.pass(GRACE);
        assertThat(platform.resonate.task(id).version()).isEqualTo(2);
        node.attach();

        assertThat(node.cancelled()).anySatisfy(task -> {
            assertThat(task.getTaskId()).isEqualTo(id);
            assertThat(task.getVersion()).isEqualTo(1);
        });
    }

    @Test
    void settlesACallWhoseNodesAreLostTooOften() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        for (int i = 0; i < 10; i++) {
            node.run(id);
            node.disconnect();
            node.forget(id);
            node.attach();
        }

        var promise = platform.resonate.promise(id);
        assertThat(promise.state()).isEqualTo(PromiseState.REJECTED);
        assertThat(promise.value().headers()).containsKey("modulate:settlement");
        assertThat(node.assigned()).hasSize(10);
        assertThat(api.cases(id)).endsWith(SETTLED);
        assertThat(router.meters.counter(RouterMeters.LOST).count()).isEqualTo(10);
    }

    @Test
    void losesTheRaceToANodeThatSettledWhileItsStreamWasDown() {
        var first = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        first.run(id);
        var second = platform.executor(router, "n2").attach();

        first.disconnect();
        first.fulfil(id);
        platform.pass(GRACE);

        assertThat(second.assigned()).isEmpty();
        assertThat(api.cases(id)).endsWith(SETTLED);
        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void triesAFailedAttemptAgainAfterAPauseAndKeepsTheLeaseMeanwhile() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatchSpec(
                "a",
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(3)
                        .setInitialBackoff(RouterProto.duration(Duration.ofSeconds(30)))));
        assertThat(node.assignment(id).getLastAttempt()).isFalse();
        node.run(id);

        node.fail(id, "FUNCTION_ERROR");

        assertThat(node.released())
                .singleElement()
                .satisfies(task -> assertThat(task.getVersion()).isEqualTo(1));
        assertThat(node.assigned()).hasSize(1);
        platform.pass(Duration.ofSeconds(14));
        assertThat(platform.resonate.acquired(id)).isTrue();
        assertThat(platform.resonate.task(id).version()).isEqualTo(2);
        platform.pass(Duration.ofSeconds(32));
        node.report();
        assertThat(node.assigned()).containsExactly("default_a@1", "default_a@2");
        assertThat(PromiseRecords.failedAttempt(platform.resonate.promise(id + ".1"))
                        .orElseThrow()
                        .reason())
                .isEqualTo("FUNCTION_ERROR");
    }

    @Test
    void saysWhichAttemptIsTheLast() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatchSpec("a", spec -> spec.setRetryPolicy(twoAttempts()));
        assertThat(node.assignment(id).getLastAttempt()).isFalse();
        node.fail(id, "FUNCTION_ERROR");
        platform.pass(Duration.ofSeconds(1));

        assertThat(node.assignment(id).getTask().getVersion()).isEqualTo(2);
        assertThat(node.assignment(id).getLastAttempt()).isTrue();
    }

    @Test
    void doesNotCountALostNodeAsAFailureOfTheFunction() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatchSpec("a", spec -> spec.setRetryPolicy(twoAttempts()));
        node.disconnect();
        node.forget(id);
        node.attach();

        assertThat(node.assignment(id).getTask().getVersion()).isEqualTo(2);
        assertThat(node.assignment(id).getLastAttempt()).isFalse();
    }

    @Test
    void makesADeadLetterOfAFailureThatThePolicyDoesNotRetry() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatchSpec(
                "a", spec -> spec.setRetryPolicy(twoAttempts().toBuilder().addRetryableReasons("ATTEMPT_TIMEOUT")));

        node.fail(id, "FUNCTION_ERROR");

        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.REJECTED);
        assertThat(platform.resonate.task(id).state()).isEqualTo(TaskState.FULFILLED);
        assertThat(api.cases(id)).endsWith(SETTLED);
        assertThat(node.released()).hasSize(1);
    }

    @Test
    void renewsTheLeaseUntilTheNodeAcceptsAndNoLonger() {
        var node = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        platform.pass(Duration.ofSeconds(8));
        int before = platform.resonate.sent(Request.TaskHeartbeat.class).size();
        assertThat(before).isEqualTo(2);

        node.accept(id);
        platform.pass(Duration.ofSeconds(8));

        assertThat(platform.resonate.sent(Request.TaskHeartbeat.class)).hasSize(before);
    }

    @Test
    void movesACallThatItsNodeNeverAnswers() {
        var node = platform.executor(router, "n1").silent().attach();
        String id = api.dispatch("a");
        var other = platform.executor(router, "n2").attach();
        platform.pass(Duration.ofSeconds(4));
        node.report();
        other.report();

        for (int i = 0; i < 7; i++) {
            platform.pass(Duration.ofSeconds(1));
            other.report();
        }

        assertThat(other.assigned()).containsExactly("default_a@2");
        assertThat(node.cancelled())
                .anySatisfy(task -> assertThat(task.getVersion()).isEqualTo(1));
        assertThat(platform.resonate.task(id).version()).isEqualTo(2);
    }

    @Test
    void keepsAQueuedCallThroughAnOutageLongerThanItsLease() {
        String id = api.dispatch("a");

        platform.resonate.setDown(true);
        platform.pass(Duration.ofSeconds(25));
        platform.resonate.setDown(false);
        platform.pass(Duration.ofSeconds(8));
        var node = platform.executor(router, "n1").attach();

        assertThat(node.assigned()).hasSize(1);
        assertThat(platform.resonate.task(id).version())
                .isEqualTo(node.assignment(id).getTask().getVersion());
        assertThat(platform.resonate.acquired(id)).isTrue();
    }

    @Test
    void goesOnTakingOverWhenTheStoreIsBack() {
        var first = platform.executor(router, "n1").attach();
        String id = api.dispatch("a");
        first.run(id);
        var second = platform.executor(router, "n2").attach();
        platform.resonate.setDown(true);
        first.disconnect();
        platform.pass(Duration.ofSeconds(2));
        assertThat(second.assigned()).isEmpty();

        platform.resonate.setDown(false);
        second.report();
        platform.pass(Duration.ofSeconds(5));

        assertThat(second.assigned()).containsExactly("default_a@2");
        assertThat(platform.resonate.knows(id + ".1")).isTrue();
    }

    @Test
    void freesTheSlotOfACallThatWasSettledElsewhere() {
        var node = platform.executor(router, "n1").slots(1).attach();
        String id = api.dispatch("a");
        String next = api.dispatch("b");
        node.run(id);
        platform.resonate.apply(new Request.PromiseSettle(id, PromiseState.RESOLVED, Value.EMPTY));

        node.sayFinished(id);

        assertThat(node.assigned()).containsExactly("default_a@1", "default_b@1");
        assertThat(api.cases(next)).containsExactly(ACCEPTED);
        node.accept(next);
        assertThat(api.cases(next)).containsExactly(ACCEPTED, PLACED);
    }

    private static RetryPolicy twoAttempts() {
        return RetryPolicy.newBuilder()
                .setAttemptCountMax(2)
                .setInitialBackoff(RouterProto.duration(Duration.ofMillis(100)))
                .build();
    }
}
