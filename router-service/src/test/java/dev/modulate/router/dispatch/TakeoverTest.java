package dev.modulate.router.dispatch;

import static dev.modulate.router.v1.DispatchResponse.MessageCase.ACCEPTED;
import static dev.modulate.router.v1.DispatchResponse.MessageCase.REFUSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.router.v1.DrainNodeRequest;
import dev.modulate.router.v1.UndrainNodeRequest;
import dev.modulate.router.wire.RouterProto;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a call is owed though its router, or its first attempt, is gone. */
class TakeoverTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final Platform platform = new Platform();
    private final Platform.RouterStart first = platform.startRouter("router-1");

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void aCallWaitsForANodeThatHasNotFoundTheNewRouterYet() {
        var able = platform.executor(first, "n1").label("zone", "a").attach();
        var other = platform.executor(first, "n2").attach();
        first.kill();
        var next = platform.startRouter("router-2");
        other.moveTo(next).attach();
        var api = platform.api(next, "api-1");

        String id = inZoneA(api, "a");
        platform.pass(Duration.ofSeconds(3));
        able.moveTo(next).attach();

        assertThat(api.cases(id)).startsWith(ACCEPTED).doesNotContain(REFUSED);
        assertThat(able.assigned()).containsExactly(id + "@1");
    }

    @Test
    void aCallThatNobodyCouldRunIsRefusedOnceEverybodyHadTheTimeToComeBack() {
        platform.executor(first, "n2").attach();
        var api = platform.api(first, "api-1");
        platform.pass(Feasibility.NODES_COME_BACK.minusMillis(10));
        assertThat(api.cases(inZoneA(api, "a"))).containsExactly(ACCEPTED);

        platform.pass(Duration.ofMillis(10));

        assertThat(api.cases(inZoneA(api, "b"))).containsExactly(REFUSED);
    }

    private static String inZoneA(FakeApi api, String id) {
        return api.dispatchSpec(
                id, spec -> spec.setPlacement(Placement.newBuilder().putRequiredNodeLabels("zone", "a")));
    }

    @Test
    void aCallIsAsOldForTheNextRouterAsItWasForTheOneThatDied() {
        String old = patient(platform.api(first, "api-1"), "old");
        platform.pass(Duration.ofSeconds(30));
        first.kill();
        var next = platform.startRouter("router-2");
        platform.pass(Platform.LEASE.plusSeconds(1));
        String young = platform.api(next, "api-2").dispatch("young");

        var node = platform.executor(next, "n1").slots(1).attach();

        assertThat(node.assigned()).as("the other has to be done sooner").containsExactly(old + "@2");
        node.finish(old);
        assertThat(node.assigned()).endsWith(young + "@1");
    }

    @Test
    void aCallThatItsCallerBringsToTheNextRouterIsAsOldAsItWas() {
        String old = patient(platform.api(first, "api-1"), "old");
        platform.pass(Duration.ofSeconds(30));
        platform.resonate.setLosesMessages(true);
        first.kill();
        platform.pass(Platform.LEASE.plusSeconds(1));
        platform.resonate.setDown(true);
        var next = platform.startRouter("router-2");
        platform.resonate.setDown(false);
        var api = platform.api(next, "api-2");
        patient(api, "old");
        api.dispatch("young");

        var node = platform.executor(next, "n1").slots(1).attach();

        assertThat(node.assigned()).containsExactly(old + "@2");
    }

    @Test
    void aCallThatIsTriedAgainIsAsOldAsItWas() {
        var node = platform.executor(first, "n1").slots(1).attach();
        var api = platform.api(first, "api-1");
        String old = patient(api, "old");
        node.run(old);
        for (int i = 0; i < 11; i++) {
            node.heartbeat(old);
            platform.pass(Duration.ofSeconds(3));
        }
        String between = api.dispatch("between");
        node.fail(old, "FUNCTION_ERROR");
        api.dispatch("young");
        platform.pass(Duration.ofMillis(300));

        node.finish(between);

        assertThat(node.assigned()).containsExactly(old + "@1", between + "@1", old + "@2");
    }

    @Test
    void whatRunsOnADrainedNodeMovesAtItsDeadlineThoughTheRouterThatDrainedItIsGone() {
        var drained = platform.executor(first, "n1").attach();
        String id = platform.api(first, "api-1").dispatch("a");
        drained.run(id);
        first.nodes.drainNode(DrainNodeRequest.newBuilder()
                .setName("nodes/n1")
                .setDeadline(RouterProto.duration(Duration.ofSeconds(5)))
                .build());
        platform.pass(Duration.ofSeconds(2));
        first.kill();
        var next = platform.startRouter("router-2");
        drained.moveTo(next).attach();
        var other = platform.executor(next, "n2").attach();

        platform.pass(Duration.ofMillis(2_900));
        assertThat(other.assigned()).isEmpty();
        platform.pass(Duration.ofMillis(300));

        assertThat(other.assigned()).containsExactly(id + "@2");
        assertThat(drained.cancelled()).hasSize(1);
    }

    @Test
    void aNodeThatWasTakenBackHasNoDeadlineAnyMore() {
        var node = platform.executor(first, "n1").attach();
        first.nodes.drainNode(DrainNodeRequest.newBuilder()
                .setName("nodes/n1")
                .setDeadline(RouterProto.duration(Duration.ofSeconds(5)))
                .build());
        first.kill();
        var next = platform.startRouter("router-2");
        node.moveTo(next).attach();
        next.nodes.undrainNode(
                UndrainNodeRequest.newBuilder().setName("nodes/n1").build());
        String id = platform.api(next, "api-1").dispatch("a");
        node.run(id);

        platform.pass(Duration.ofSeconds(7));

        assertThat(node.assigned()).containsExactly(id + "@1");
        assertThat(node.cancelled()).isEmpty();
    }

    /** A call that may take long and is tried twice. */
    private static String patient(FakeApi api, String id) {
        return api.dispatch(
                id,
                invocation -> invocation.setDeadlineRemaining(RouterProto.duration(LONG)),
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(2)
                        .setInitialBackoff(RouterProto.duration(Duration.ofMillis(100)))));
    }
}
