package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Calls that need much beside an endless flow of calls that need little, more than the nodes can do. */
class ReservationTest {
    private static final double RUN_SECONDS = 4;
    private static final double STEP_SECONDS = 1;

    /** Age from which a call goes first, and the longest run; the flow's wait is held below a quarter of that age. */
    private static final double STARTED_AFTER_MAX =
            WarmQueueRules.DEFAULT.ageFloor().toSeconds() + RUN_SECONDS + 3 * STEP_SECONDS;

    /** A node that never empties is held for so long, as its runs are short. */
    private static final double HELD_IN_VAIN_MAX = 300;

    private final Floor floor = new Floor(WarmQueueRules.DEFAULT);
    private final List<Running> running = new ArrayList<>();
    private final Deque<String> waiting = new ArrayDeque<>();
    private double seconds;
    private int nodes = 1;

    private record Running(String call, double until) {}

    /** A second of it: what has run its time ends, and what comes free is taken at once: two calls always wait. */
    private void flow(Needs small) {
        for (var one : List.copyOf(running)) {
            if (one.until <= seconds) {
                running.remove(one);
                floor.ends(one.call);
                startWaiting();
            }
        }
        // At first one start on each node in a second, so that no two of its runs end together.
        while (waiting.size() < 2 && (started() < nodes || !waiting.isEmpty())) {
            waiting.add(floor.call(small, "acme", Priority.NORMAL, Call.NO_DEADLINE));
            startWaiting();
        }
        floor.pass(STEP_SECONDS);
        seconds += STEP_SECONDS;
        startWaiting();
    }

    private long started() {
        return running.stream()
                .filter(one -> one.until == seconds + RUN_SECONDS)
                .count();
    }

    private void startWaiting() {
        for (var call : List.copyOf(waiting)) {
            if (!floor.nodeOf(call).isEmpty()) {
                waiting.remove(call);
                floor.starts(call);
                running.add(new Running(call, seconds + RUN_SECONDS));
            }
        }
    }

    private double secondsUntilStarted(String call, Needs small) {
        double since = seconds;
        while (floor.nodeOf(call).isEmpty() && seconds - since < 2 * HELD_IN_VAIN_MAX) {
            flow(small);
        }
        return seconds - since;
    }

    private void warmUp(Needs small) {
        for (int i = 0; i < 20; i++) {
            flow(small);
        }
    }

    private void flowUntilHeld(String node, Needs small) {
        while (floor.node(node).placedCount() > 2) {
            flow(small);
            assertThat(seconds).as("a node is held").isLessThan(100);
        }
    }

    private static Needs devices(String function, int count, int shareMillis) {
        var asked = new Needs.Accelerators(
                "", count, shareMillis == 0 ? 0 : Floor.GIB, shareMillis, "", Link.PREFERRED, Isolation.TENANT);
        return new Needs(Floor.key(function), "gpu", Map.of(), 0, 0, asked);
    }

    private String large(int count) {
        return floor.call(devices("large", count, 0), "acme", Priority.NORMAL, Call.NO_DEADLINE);
    }

    @Test
    void theCallOfATenantWhoseTurnItIsIsFoundBehindManyOlderOnesOfAnother() {
        floor.gpus("a", 4);
        // Its share is used: a call that runs is charged for what is expected until it ends.
        floor.runs(floor.call(devices("before", 1, 0), "flood", Priority.NORMAL, Call.NO_DEADLINE), 60);
        var busy = new ArrayList<String>();
        for (int i = 0; i < 4; i++) {
            busy.add(floor.call(devices("one-" + i, 1, 0), "flood", Priority.NORMAL, Call.NO_DEADLINE));
            floor.starts(busy.getLast());
        }
        for (int i = 0; i < 100; i++) {
            floor.call(devices("two-" + i, 2, 0), "flood", Priority.NORMAL, Call.NO_DEADLINE);
        }
        String four = floor.call(devices("four", 4, 0), "modest", Priority.NORMAL, Call.NO_DEADLINE);
        floor.pass(WarmQueueRules.DEFAULT.ageFloor().toSeconds() + STEP_SECONDS);

        for (var call : busy) {
            floor.ends(call);
            floor.pass(1);
        }

        assertThat(floor.nodeOf(four)).isEqualTo("a");
    }

    @Test
    void aCallForFourDevicesStartsBesideAnEndlessFlowOfCallsForOne() {
        floor.gpus("a", 4);
        var small = devices("small", 1, 0);
        warmUp(small);
        assertThat(secondsUntilStarted(large(4), small)).isBetween(1.0, STARTED_AFTER_MAX);
    }

    @Test
    void onlyOneOfTwoNodesIsHeldBack() {
        floor.gpus("a", 4);
        floor.gpus("b", 4);
        nodes = 2;
        var small = devices("small", 1, 0);
        warmUp(small);
        String large = large(4);
        assertThat(secondsUntilStarted(large, small)).isBetween(1.0, STARTED_AFTER_MAX);
        String other = floor.nodeOf(large).equals("a") ? "b" : "a";
        assertThat(floor.node(other).placedCount()).isPositive();
    }

    @Test
    void aCallForAWholeDeviceStartsBesideAnEndlessFlowOfShares() {
        floor.gpus("a", 1);
        var small = devices("small", 1, 250);
        warmUp(small);
        assertThat(secondsUntilStarted(large(1), small)).isBetween(1.0, STARTED_AFTER_MAX);
    }

    @Test
    void whatWasHeldForACallThatIsCancelledIsTakenAtOnce() {
        floor.gpus("a", 4);
        var small = devices("small", 1, 0);
        warmUp(small);
        String large = large(4);
        flowUntilHeld("a", small);
        floor.cancels(large);
        assertThat(floor.node("a").placedCount()).isGreaterThan(2);
    }

    @Test
    void aNodeThatLeavesIsReplacedByAnother() {
        assertThatAnotherReplacesIt(() -> floor.leaves("a"));
    }

    @Test
    void aDrainedNodeIsReplacedByAnother() {
        assertThatAnotherReplacesIt(() -> floor.drains("a"));
    }

    private void assertThatAnotherReplacesIt(Runnable goes) {
        floor.gpus("a", 4);
        var small = devices("small", 1, 0);
        warmUp(small);
        String large = large(4);
        flowUntilHeld("a", small);
        goes.run();
        floor.gpus("b", 4);
        assertThat(secondsUntilStarted(large, small)).isLessThan(RUN_SECONDS + 3 * STEP_SECONDS);
        assertThat(floor.nodeOf(large)).isEqualTo("b");
    }

    @Test
    void aNodeThatDoesNotEmptyIsGivenUpForAnother() {
        floor.gpus("a", 4);
        floor.starts(floor.call(devices("stuck", 1, 0), "acme", Priority.NORMAL, Call.NO_DEADLINE));
        var small = devices("small", 1, 0);
        warmUp(small);
        String large = large(4);
        flowUntilHeld("a", small);
        floor.gpus("b", 4);
        nodes = 2;
        // Not empty when it comes, or the call would start there.
        var other = Holding.of(small, Objects.requireNonNull(floor.node("b").fit(small)));
        floor.node("b").place(other, 0);
        warmUp(small);
        floor.node("b").free(other, true);
        assertThat(secondsUntilStarted(large, small))
                .isBetween(HELD_IN_VAIN_MAX - 30, HELD_IN_VAIN_MAX + STARTED_AFTER_MAX);
        assertThat(floor.nodeOf(large)).isEqualTo("b");
    }
}
