package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** What one answer of the scheduler looks at is bounded, however much waits and however many nodes there are. */
class DecisionCostTest {
    /** One subject that begins just before enough was looked at: a node looks at lines twice, a line at nodes of three kinds. */
    private static final int LINES_MAX = Effort.ENOUGH + 2 * SiteMatcher.SEEN_MAX;

    private static final int NODES_MAX =
            Effort.NODES_MAX + 3 * LineMatcher.SEEN_MAX + 2 * (ColdSearch.SEEN_MAX + Bargains.MAX);

    /** What lies on the one node that is worked out when nearly enough was, and on the one that is taken. */
    private static final int PRICED_MAX = Effort.PRICED_MAX + 2 * 4;

    /** A wait that is worked out when nearly enough was, and those of the line that is decided. */
    private static final int REPLICAS_MAX = Effort.REPLICAS_MAX + 3 * 9;

    private final Floor floor = new Floor(WarmQueueRules.DEFAULT);
    private int lines;
    private int nodes;
    private int priced;
    private int replicas;
    private int answers;

    private void watch(Floor watched) {
        watched.onAnswer(effort -> {
            answers++;
            lines = Math.max(lines, effort.linesSeen());
            nodes = Math.max(nodes, effort.nodesSeen());
            priced = Math.max(priced, effort.residentsPriced());
            replicas = Math.max(replicas, effort.replicasAsked());
        });
    }

    private void assertBounded() {
        assertThat(lines).as("lines").isLessThanOrEqualTo(LINES_MAX);
        assertThat(nodes).as("nodes").isLessThanOrEqualTo(NODES_MAX);
        assertThat(priced).as("residents priced").isLessThanOrEqualTo(PRICED_MAX);
        assertThat(replicas).as("replicas asked").isLessThanOrEqualTo(REPLICAS_MAX);
    }

    @Test
    void aLookAtManyWaitingFunctionsIsSpreadOverManyAnswers() {
        for (int i = 0; i < 50; i++) {
            floor.gpu("n" + i, "g" + i);
            floor.call("g" + i);
        }
        for (int i = 0; i < 1_000; i++) {
            floor.call("f" + i);
        }
        watch(floor);
        floor.pass(2);
        assertThat(answers).as("128 lines are looked at, eight times").isGreaterThan(8 * 128 / (Effort.ENOUGH + 1));
        assertThat(lines).as("lines").isLessThanOrEqualTo(Effort.ENOUGH);
        assertBounded();
    }

    @Test
    void aColdStartPricesFewOfManyFreeNodes() {
        for (int i = 0; i < 500; i++) {
            floor.gpu("n" + i, "a" + i, "b" + i, "c" + i);
        }
        watch(floor);
        for (int i = 0; i < 200; i++) {
            assertThat(floor.nodeOf(floor.call("f" + i))).as("f" + i).isNotEmpty();
        }
        assertThat(priced).as("residents priced").isGreaterThan(10);
        assertBounded();
    }

    @Test
    void aNodeThatComesFreeLooksAtFewOfManyFunctionsAndTheirReplicas() {
        for (int i = 0; i < 10; i++) {
            floor.gpu("own-" + i, "h" + i);
            floor.runs(floor.call("h" + i), 1);
            floor.call("h" + i);
        }
        var running = new ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            floor.gpu("n" + i, "hot");
            running.add(floor.call("hot"));
        }
        for (int i = 0; i < 300; i++) {
            floor.call("h" + i % 10);
        }
        for (int i = 0; i < 300; i++) {
            floor.call("f" + i);
        }
        watch(floor);
        for (var call : running) {
            floor.runs(call, 0.2);
        }
        assertThat(replicas).as("replicas asked").isPositive();
        assertBounded();
    }

    @Test
    void aNodeThatComesFreeLooksAtFewOfManyTenants() {
        var running = new ArrayList<String>();
        for (int i = 0; i < 20; i++) {
            floor.gpu("n" + i);
            running.add(floor.call("hot" + i));
            floor.starts(running.getLast());
        }
        for (int i = 0; i < 600; i++) {
            floor.call("f" + i, "t" + i % 200, i % 3 == 0 ? Priority.HIGH : Priority.LOW, Call.NO_DEADLINE);
        }
        watch(floor);
        running.forEach(floor::ends);
        assertThat(lines).as("lines").isGreaterThan(SiteMatcher.SEEN_MAX / 2);
        assertBounded();
    }

    @Test
    void manyWarmNodesThatAreTakenBySomethingElseAreNotAllAsked() {
        for (int i = 0; i < 600; i++) {
            floor.warmButTaken("taken-" + i, "f");
        }
        watch(floor);
        for (int i = 0; i < 20; i++) {
            floor.call("f");
        }
        floor.pass(1);
        assertThat(nodes).as("nodes").isGreaterThan(LineMatcher.SEEN_MAX - 1);
        assertBounded();
    }
}
