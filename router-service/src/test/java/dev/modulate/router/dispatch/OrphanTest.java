package dev.modulate.router.dispatch;

import static dev.modulate.router.v1.DispatchResponse.MessageCase.EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.RouterProto;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls whose router died, before and after the hand-over. */
class OrphanTest {
    private final Platform platform = new Platform();
    private final Platform.RouterStart dead = platform.startRouter("router-1");
    private final FakeApi api = platform.api(dead, "api-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void takesTheCallsOfADeadRouterWhenTheirLeasesEnd() {
        String id = api.dispatch("a");
        dead.kill();
        var next = platform.startRouter("router-2");
        var node = platform.executor(next, "n1").attach();
        platform.pass(Duration.ofSeconds(4));
        node.report();
        assertThat(node.assigned()).isEmpty();
        platform.pass(Duration.ofSeconds(4));
        node.report();
        platform.pass(Duration.ofSeconds(4));

        assertThat(node.assigned()).containsExactly("default_a@2");
        assertThat(node.assignment(id).getOwnerPid()).isEqualTo("router-2");
        assertThat(PromiseRecords.failedAttempt(platform.resonate.promise(id + ".1"))
                        .orElseThrow()
                        .reason())
                .isEqualTo("NODE_LOST");
    }

    @Test
    void sweepsWhatItWasNotToldOfWhenItConnects() {
        String id = api.dispatch("a");
        platform.resonate.setLosesMessages(true);
        dead.kill();
        platform.pass(Duration.ofSeconds(12));
        assertThat(platform.resonate.task(id).state()).isEqualTo(TaskState.PENDING);

        var next = platform.startRouter("router-2");
        var node = platform.executor(next, "n1").attach();

        assertThat(node.assigned()).containsExactly("default_a@2");
    }

    @Test
    void sweepsEveryPage() {
        for (int i = 0; i < 250; i++) {
            api.dispatch("call-" + i);
        }
        platform.resonate.setLosesMessages(true);
        dead.kill();
        platform.pass(Duration.ofSeconds(11));

        var next = platform.startRouter("router-2");
        var node = platform.executor(next, "n1").slots(300).attach();

        assertThat(node.assigned()).hasSize(250).doesNotHaveDuplicates();
    }

    @Test
    void takesNoMoreThanItMayOwnAndPullsTheRestLater() {
        for (int i = 0; i < 6; i++) {
            api.dispatch("call-" + i);
        }
        platform.resonate.setLosesMessages(true);
        dead.kill();
        platform.pass(Duration.ofSeconds(11));
        var next = platform.startRouter("router-2", Platform.rules(2));
        long owned = platform.resonate.sent(Request.TaskAcquire.class).size();
        assertThat(owned).isEqualTo(2);

        var node = platform.executor(next, "n1").slots(10).attach();
        for (int i = 0; i < 4; i++) {
            platform.pass(Duration.ofSeconds(2));
            node.report();
        }

        assertThat(node.assigned()).hasSize(6);
    }

    @Test
    void takesACallAtOnceThatEndsOnItsNodeAfterItsLease() {
        var node = platform.executor(dead, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);
        platform.pass(Platform.LEASE.plusSeconds(2));
        assertThat(platform.resonate.task(id).state()).isEqualTo(TaskState.PENDING);
        platform.resonate.setLosesMessages(true);

        node.sayFinished(id);

        assertThat(node.assigned()).containsExactly("default_a@1", "default_a@2");
    }

    @Test
    void asksForTheLeaseOfACallThatWaitsWhenTheServerSaysThatNobodyHasIt() {
        String id = api.dispatch("a");
        platform.resonate.apply(new Request.TaskRelease(id, 1));
        platform.pass(Duration.ofSeconds(2));

        var node = platform.executor(dead, "n1").attach();
        platform.pass(Duration.ofSeconds(1));

        assertThat(node.assigned()).containsExactly("default_a@2");
    }

    @Test
    void disturbsNothingThatANodeRestates() {
        var node = platform.executor(dead, "n1").attach();
        String id = api.dispatch("a");
        node.run(id);
        dead.kill();

        var next = platform.startRouter("router-2");
        node.moveTo(next).attach();
        for (int i = 0; i < 4; i++) {
            node.heartbeat(id);
            platform.pass(Duration.ofSeconds(3));
            node.report();
        }

        assertThat(platform.resonate.task(id).version()).isEqualTo(1);
        assertThat(node.cancelled()).isEmpty();
        var again = platform.api(next, "api-2");
        again.dispatch("a");
        assertThat(again.last(id, EXISTING).getExisting().getRequestSha256()).isEqualTo("sha-of-a");
        node.finish(id);
        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void countsWhatANodeRestates() {
        var node = platform.executor(dead, "n1").slots(1).attach();
        String id = api.dispatch("a");
        node.run(id);
        dead.kill();
        var next = platform.startRouter("router-2");
        node.moveTo(next).attach();

        platform.api(next, "api-2").dispatch("b");
        assertThat(node.assigned()).hasSize(1);
        node.finish(id);

        assertThat(node.assigned()).containsExactly("default_a@1", "default_b@1");
    }

    @Test
    void retriesAFailureThatADeadRouterDidNotHear() {
        var node = platform.executor(dead, "n1").attach();
        String id = api.dispatchSpec(
                "a",
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(2)
                        .setInitialBackoff(RouterProto.duration(Duration.ofMillis(100)))));
        node.run(id);
        dead.kill();
        var next = platform.startRouter("router-2");
        node.moveTo(next).attach();

        node.fail(id, "FUNCTION_ERROR");
        platform.pass(Duration.ofSeconds(1));

        assertThat(node.assignment(id).getTask().getVersion()).isEqualTo(2);
        assertThat(node.assignment(id).getLastAttempt()).isTrue();
        assertThat(node.released()).hasSize(1);
    }

    @Test
    void remembersEarlierFailuresOfAnOrphan() {
        var node = platform.executor(dead, "n1").attach();
        String id = api.dispatchSpec(
                "a",
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(2)
                        .setInitialBackoff(RouterProto.duration(Duration.ofMillis(100)))));
        node.fail(id, "FUNCTION_ERROR");
        dead.kill();
        platform.pass(Duration.ofSeconds(11));

        var next = platform.startRouter("router-2");
        var other = platform.executor(next, "n2").attach();

        assertThat(other.assigned()).containsExactly("default_a@3");
        assertThat(other.assignment(id).getLastAttempt()).isTrue();
    }

    @Test
    void doesNotRunACallAgainWhoseAttemptsAreUsedUp() {
        var node = platform.executor(dead, "n1").attach();
        String id = api.dispatch("a");
        platform.resonate.apply(new Request.TaskFence(
                id,
                1,
                PromiseRecords.failedAttempt(
                        new dev.modulate.router.wire.TaskVersion(id, 1),
                        ".",
                        "nodes/n1",
                        new dev.modulate.router.wire.AttemptFailure("FUNCTION_ERROR", "it broke", true, "", ""),
                        platform.time.instant())));
        dead.kill();
        platform.pass(Duration.ofSeconds(11));

        var next = platform.startRouter("router-2");
        var other = platform.executor(next, "n2").attach();

        assertThat(other.assigned()).isEmpty();
        assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.REJECTED);
        assertThat(node.assigned()).hasSize(1);
    }

    @Test
    void rejectsAPromiseThatStoresNoCall() {
        platform.resonate.apply(new Request.PromiseCreate(
                "foreign",
                platform.time.millis() + 60_000,
                new Value(Map.of(), "e30="),
                Map.of(
                        "resonate:target", "poll://any@router-main",
                        "resonate:origin", "foreign",
                        "resonate:branch", "foreign",
                        "resonate:parent", "foreign",
                        "resonate:scope", "global")));

        assertThat(platform.resonate.promise("foreign").state()).isEqualTo(PromiseState.REJECTED);
    }

    @Test
    void twoRoutersNeverRunTheSameCall() {
        var second = platform.startRouter("router-2");
        var one = platform.executor(dead, "n1").attach();
        var two = platform.executor(second, "n2").attach();
        String id = api.dispatch("a");
        one.run(id);

        platform.resonate.reconnect();
        platform.pass(Duration.ofSeconds(2));

        assertThat(two.assigned()).isEmpty();
        assertThat(one.assigned()).containsExactly(id + "@1");
    }
}
