package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing follows from an order before its node has the call. */
class OrdersTest {
    private static final String CALL = "call";

    private static Scheduler oneCallOnTwoNodes(SchedulingPolicy policy) {
        var scheduler = policy.scheduler(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, profile -> 1, new Random(1));
        for (String name : List.of("a", "b")) {
            var profile = new NodeProfile(new NodeId(name), 1, "gpu", List.of(), 1_000, Floor.GIB, 1, Map.of());
            scheduler.nodeChanged(new NodeView(profile), 0);
        }
        var needs = new Needs(Floor.key("f"), "gpu", Map.of(), 1_000, 1, null);
        scheduler.arrived(new Call(CALL, needs, "acme", Priority.NORMAL, 0, Call.NO_DEADLINE), 0);
        return scheduler;
    }

    private static Order.Dispatch ordered(Scheduler scheduler) {
        var order = scheduler.next(0);
        while (order instanceof Order.AskAgain) {
            order = scheduler.next(0);
        }
        if (order instanceof Order.Dispatch dispatch) {
            return dispatch;
        }
        throw new AssertionError("not sent anywhere: " + order);
    }

    private static void place(Scheduler scheduler, Order.Dispatch order) {
        order.node().place(Holding.of(order.call().needs(), order.devices()), 1);
        scheduler.placed(order, 0);
    }

    @ParameterizedTest
    @EnumSource
    void anOrderThatNobodyCarriesOutIsGivenAgain(SchedulingPolicy policy) {
        var scheduler = oneCallOnTwoNodes(policy);
        var first = ordered(scheduler);
        assertThat(scheduler.waiting()).isEqualTo(1);
        assertThat(scheduler.position(CALL)).isEqualTo(1);
        assertThat(ordered(scheduler)).isEqualTo(first);
        place(scheduler, first);
        assertThat(scheduler.waiting()).isZero();
        assertThat(scheduler.next(0)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatCannotBeHandedOverGoesToAnotherNode(SchedulingPolicy policy) {
        var scheduler = oneCallOnTwoNodes(policy);
        var first = ordered(scheduler);
        scheduler.turnedDown(CALL, first.node().id(), 0);
        assertThat(scheduler.waiting()).isEqualTo(1);
        var second = ordered(scheduler);
        assertThat(second.node()).isNotSameAs(first.node());
        place(scheduler, second);
        assertThat(scheduler.waiting()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void onlyTheLastOrderCanBePlacedAndOnlyOnce(SchedulingPolicy policy) {
        var scheduler = oneCallOnTwoNodes(policy);
        var order = ordered(scheduler);
        place(scheduler, order);
        assertThatThrownBy(() -> scheduler.placed(order, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("call call is not the one that was ordered last");
        assertThat(scheduler.waiting()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatWasCancelledMeanwhileCannotBePlaced(SchedulingPolicy policy) {
        var scheduler = oneCallOnTwoNodes(policy);
        var order = ordered(scheduler);
        scheduler.cancelled(CALL, 0);
        assertThatThrownBy(() -> scheduler.placed(order, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(scheduler.waiting()).isZero();
    }
}
