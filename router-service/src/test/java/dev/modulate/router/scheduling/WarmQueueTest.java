package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeRule;
import dev.modulate.router.placement.NodeState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmQueueTest {
    private final Floor floor = new Floor(WarmQueueRules.DEFAULT);

    @Test
    void startsWhereItIsWarm() {
        floor.gpu("a", "other");
        floor.gpu("b", "f");
        assertThat(floor.nodeOf(floor.call("f"))).isEqualTo("b");
    }

    @Test
    void isLoadedWhenNoNodeHasIt() {
        floor.gpu("a", "other");
        assertThat(floor.nodeOf(floor.call("f"))).isEqualTo("a");
    }

    @Test
    void whoCameBeforeTheFirstNodeStartsThereAtOnce() {
        var early = floor.call("f");
        floor.gpu("a");
        floor.carryOut();
        assertThat(floor.nodeOf(early)).isEqualTo("a");
    }

    @Test
    void waitsForTheWarmNodeWhenThatIsSoonerThanALoad() {
        busyFleet();
        var first = floor.call("f");
        var second = floor.call("f");
        assertThat(floor.nodeOf(first)).isEqualTo("warm");
        assertThat(floor.nodeOf(second))
                .as("a run of 0.1 s is shorter than a load")
                .isEmpty();
        floor.runs(first, 0.1);
        assertThat(floor.nodeOf(second)).isEqualTo("warm");
    }

    @Test
    void isLoadedOnceMoreWhenItsQueueIsLong() {
        busyFleet();
        floor.call("f");
        String last = "";
        for (int i = 0; i < 200 && floor.nodeOf(last).isEmpty(); i++) {
            last = floor.call("f");
        }
        assertThat(floor.queue.waiting())
                .as("the wait has to be worth the load")
                .isBetween(5, 199);
        assertThat(floor.node("free").placedCount()).isEqualTo(1);
    }

    /** Three nodes of ten are free; f takes 0.1 s and is warm on one node that is free. */
    private void busyFleet() {
        floor.gpu("warm", "f");
        var call = floor.call("f");
        floor.runs(call, 0.1);
        for (int i = 0; i < 8; i++) {
            floor.gpu("busy-" + i, "g" + i);
            floor.call("g" + i);
        }
        floor.gpu("free", "x");
        floor.pass(60);
    }

    @Test
    void aFreeNodeTakesTheOldestCallOfWhatIsWarmOnIt() {
        floor.gpu("a", "f", "g");
        var running = floor.call("f");
        var older = floor.call("g");
        floor.pass(0.1);
        var younger = floor.call("f");
        floor.runs(running, 0.1);
        assertThat(floor.nodeOf(older)).isEqualTo("a");
        assertThat(floor.nodeOf(younger)).isEmpty();
    }

    @Test
    void aCallThatHasWaitedLongerByMoreThanItsLoadCostsGoesBeforeWarmOnes() {
        floor.gpu("a", "f");
        String running = floor.call("f");
        floor.starts(running);
        String cold = floor.call("g");
        int waited = 0;
        while (floor.nodeOf(cold).isEmpty() && waited < 60) {
            floor.pass(4);
            waited += 4;
            String next = floor.call("f");
            floor.ends(running);
            if (floor.nodeOf(cold).isEmpty()) {
                floor.starts(next);
                running = next;
            }
        }
        // Its load takes 7 s and counts once or twice, its run 4 s; from 30 s on it would be aged.
        assertThat(waited).isBetween(11, 28);
    }

    @Test
    void aCallThatDidNotGoBeforeAnOldOneThatIsWarmGoesBeforeAYoungOneAtOnce() {
        floor.gpu("short", "x");
        for (int i = 0; i < 100; i++) {
            floor.runs(floor.call("x"), 0.1);
        }
        floor.leaves("short");
        floor.gpu("a", "f");
        floor.gpu("b", "f");
        String first = floor.call("f");
        String second = floor.call("f");
        floor.starts(first);
        floor.starts(second);
        String cold = floor.call("g");
        floor.pass(1);
        String old = floor.call("f");
        floor.pass(28);
        floor.ends(first);
        assertThat(floor.nodeOf(old))
                .as("it came one second later, and needs no load")
                .isNotEmpty();
        String young = floor.call("f");
        floor.ends(second);
        assertThat(floor.nodeOf(cold)).isNotEmpty();
        assertThat(floor.nodeOf(young)).isEmpty();
    }

    @Test
    void aFunctionThatRunsFarTooLongDoesNotHoldUpTheNextCallWhileThereIsRoom() {
        floor.gpu("a", "f");
        floor.gpu("b");
        floor.call("f");
        assertThat(floor.nodeOf(floor.call("f"))).isEqualTo("b");
    }

    @Test
    void aNodeThatARuleForbidsIsNotWaitedForThoughTheFunctionIsWarmThere() {
        floor.gpu("a", "f");
        floor.gpu("b");
        floor.runs(floor.call("f"), 0.1);
        var needs = Floor.needs("f", 8);
        var onlyB = new Needs(
                needs.function(),
                needs.pool(),
                needs.labels(),
                needs.cpuMillis(),
                needs.memoryBytes(),
                needs.accelerators(),
                node -> node.id().value().equals("b"),
                NodeRule.any());
        assertThat(floor.nodeOf(floor.call(onlyB, "acme", Priority.NORMAL, Call.NO_DEADLINE)))
                .isEqualTo("b");
    }

    @Test
    void whatOthersCanRunIsPushedOutBeforeWhatIsTheLastOfItsKind() {
        floor.gpu("a", "last", "spare");
        floor.runs(floor.call("last"), 0.1);
        floor.runs(floor.call("spare"), 0.1);
        floor.gpu("b", "spare", "long");
        floor.call("long");
        var large = floor.call(Floor.needs("large", 16), "acme", Priority.NORMAL, Call.NO_DEADLINE);
        assertThat(floor.nodeOf(large)).isEqualTo("a");
        assertThat(floor.evictedFor(large)).containsExactly(Floor.key("spare"));
    }

    @Test
    void whatIsPinnedIsNotPushedOut() {
        floor.gpu("a");
        var kept = floor.call("kept");
        floor.runs(kept, 0.1);
        floor.report("a", "kept");
        floor.queue.pins(List.of(new Pin(Floor.needs("kept"), 1)));
        var large = floor.call(Floor.needs("large", 20), "acme", Priority.NORMAL, Call.NO_DEADLINE);
        assertThat(floor.nodeOf(large)).isEmpty();
        floor.queue.pins(List.of());
        floor.pass(0.3);
        assertThat(floor.nodeOf(large)).isEqualTo("a");
    }

    @Test
    void pinsBeyondTheQuotaProtectNothing() {
        floor.gpu("a");
        var kept = floor.call(Floor.needs("kept", 16), "acme", Priority.NORMAL, Call.NO_DEADLINE);
        floor.runs(kept, 0.1);
        floor.report("a", "kept");
        floor.queue.pins(List.of(new Pin(Floor.needs("kept", 16), 1)));
        var large = floor.call(Floor.needs("large", 20), "acme", Priority.NORMAL, Call.NO_DEADLINE);
        assertThat(floor.nodeOf(large)).isEqualTo("a");
    }

    @Test
    void urgentCallsGoFirst() {
        floor.gpu("a", "f");
        var running = floor.call("f");
        var low = floor.call("f", "acme", Priority.LOW, Call.NO_DEADLINE);
        var normal = floor.call("f");
        var high = floor.call("f", "acme", Priority.HIGH, Call.NO_DEADLINE);
        floor.runs(running, 0.1);
        assertThat(floor.nodeOf(high)).isEqualTo("a");
        floor.runs(high, 0.1);
        assertThat(floor.nodeOf(normal)).isEqualTo("a");
        floor.runs(normal, 0.1);
        assertThat(floor.nodeOf(low)).isEqualTo("a");
    }

    @Test
    void earlierDeadlinesGoFirstInsideAClass() {
        floor.gpu("a", "f", "g");
        var running = floor.call("f");
        var late = floor.call("f", "acme", Priority.NORMAL, floor.inSeconds(50));
        var soon = floor.call("g", "acme", Priority.NORMAL, floor.inSeconds(20));
        var sooner = floor.call("f", "acme", Priority.NORMAL, floor.inSeconds(10));
        floor.runs(running, 0.1);
        assertThat(floor.nodeOf(sooner)).isEqualTo("a");
        floor.runs(sooner, 0.1);
        assertThat(floor.nodeOf(soon)).isEqualTo("a");
        floor.runs(soon, 0.1);
        assertThat(floor.nodeOf(late)).isEqualTo("a");
    }

    @Test
    void aCallWhoseDeadlinePassedIsDroppedBeforeItRuns() {
        floor.gpu("a", "f");
        var running = floor.call("f");
        var dropped = floor.call("f", "acme", Priority.NORMAL, floor.inSeconds(1));
        floor.runs(running, 2);
        assertThat(floor.expired()).containsExactly(dropped);
        assertThat(floor.nodeOf(dropped)).isEmpty();
        assertThat(floor.queue.waiting()).isZero();
    }

    @Test
    void lowCallsDoNotStarveUnderUrgentOnes() {
        floor.gpu("a", "f");
        var running = floor.call("f");
        var low = floor.call("f", "acme", Priority.LOW, Call.NO_DEADLINE);
        int before = 0;
        while (floor.nodeOf(low).isEmpty() && before < 1_000) {
            var next = floor.call("f", "acme", Priority.HIGH, Call.NO_DEADLINE);
            floor.runs(running, 1);
            running = floor.nodeOf(low).isEmpty() ? next : low;
            before++;
        }
        assertThat(before).isBetween(30, 200);
    }

    @Test
    void aNodeThatTurnsACallDownIsAvoided() {
        floor.gpu("a", "f");
        floor.gpu("b");
        var call = floor.call("f");
        assertThat(floor.nodeOf(call)).isEqualTo("a");
        floor.turnsDown(call);
        assertThat(floor.nodeOf(call)).isEqualTo("b");
    }

    @Test
    void waitsWhenEveryNodeHasTurnedItDownUntilItMayTryAgain() {
        floor.gpu("a", "f");
        var call = floor.call("f");
        floor.turnsDown(call);
        assertThat(floor.nodeOf(call)).isEmpty();
        assertThat(floor.queue.position(call)).isEqualTo(1);
        floor.queue.avoidsNone(call, floor.now());
        floor.carryOut();
        assertThat(floor.nodeOf(call)).isEqualTo("a");
    }

    @Test
    void nothingStartsOnANodeThatDrains() {
        floor.gpu("a", "f");
        floor.node("a").setState(NodeState.DRAINING);
        floor.queue.nodeChanged(floor.node("a"), floor.now());
        var call = floor.call("f");
        assertThat(floor.nodeOf(call)).isEmpty();
        floor.node("a").setState(NodeState.ACTIVE);
        floor.queue.nodeChanged(floor.node("a"), floor.now());
        floor.carryOut();
        assertThat(floor.nodeOf(call)).isEqualTo("a");
    }

    @Test
    void nothingNewIsLoadedOnANodeThatHasNotReportedForLong() {
        floor.gpu("a", "other");
        floor.node("a").setFresh(false);
        assertThat(floor.nodeOf(floor.call("f"))).isEmpty();
        assertThat(floor.nodeOf(floor.call("other"))).isEqualTo("a");
    }

    @Test
    void cancelledCallsDoNotStart() {
        floor.gpu("a", "f");
        var running = floor.call("f");
        var cancelled = floor.call("f");
        floor.queue.cancelled(cancelled, floor.now());
        floor.runs(running, 0.1);
        assertThat(floor.nodeOf(cancelled)).isEmpty();
        assertThat(floor.queue.waiting()).isZero();
    }

    @Test
    void severalRunOnANodeWithSeveralSlots() {
        floor.node("a", 3, 24, "f");
        assertThat(floor.nodeOf(floor.call("f"))).isEqualTo("a");
        assertThat(floor.nodeOf(floor.call("f")))
                .as("room for a second instance")
                .isEqualTo("a");
    }

    @Test
    void aFullQueueRefusesWithTheTimeItNeeds() {
        var full = new Floor(WarmQueueRules.DEFAULT.withQueue(3, 3));
        full.gpu("a", "f");
        var first = full.call("f");
        full.runs(first, 4);
        for (int i = 0; i < 4; i++) {
            full.call("f");
        }
        assertThat(full.queue.admit(Floor.needs("f"), "acme", full.now()))
                .isEqualTo(new Admission.Refused("3 calls wait already (at most 3)", Duration.ofSeconds(12)));
    }

    @Test
    void oneTenantCannotTakeAllPlacesOfTheQueue() {
        var shared = new Floor(WarmQueueRules.DEFAULT.withQueue(10, 2));
        for (int i = 0; i < 2; i++) {
            shared.call("f", "greedy", Priority.NORMAL, Call.NO_DEADLINE);
        }
        assertThat(shared.queue.admit(Floor.needs("f"), "greedy", 0)).isInstanceOf(Admission.Refused.class);
        assertThat(shared.queue.admit(Floor.needs("f"), "other", 0)).isEqualTo(Admission.ACCEPTED);
    }

    @Test
    void shortFunctionsGoFirstByResponseRatio() {
        var ratio = new Floor(WarmQueueRules.DEFAULT.withDiscipline(WarmQueueRules.Discipline.RESPONSE_RATIO));
        ratio.gpu("a", "long", "short");
        ratio.runs(ratio.call("long"), 20);
        ratio.runs(ratio.call("short"), 0.1);
        var running = ratio.call("long");
        var older = ratio.call("long");
        ratio.pass(0.2);
        var younger = ratio.call("short");
        ratio.runs(running, 1);
        assertThat(ratio.nodeOf(younger)).isEqualTo("a");
        assertThat(ratio.nodeOf(older)).isEmpty();
    }

    @Test
    void loadsBesideWhatRunsWithinItsBudget() {
        var background = new Floor(WarmQueueRules.DEFAULT.withBackgroundShare(0.1));
        background.gpu("a", "f");
        background.runs(background.call("f"), 10);
        background.gpu("b", "g");
        background.runs(background.call("g"), 10);
        background.call("g");
        background.pass(120);
        for (int i = 0; i < 10; i++) {
            background.call("f");
        }
        assertThat(background.loads()).hasSize(1);
        assertThat(background.loads().getFirst().node().id().value()).isEqualTo("b");
        assertThat(background.loads().getFirst().needs()).isEqualTo(Floor.needs("f"));
    }

    @Test
    void loadsNothingBesideWhatRunsWithoutABudget() {
        floor.gpu("a", "f");
        floor.runs(floor.call("f"), 10);
        floor.gpu("b", "g");
        floor.runs(floor.call("g"), 10);
        floor.call("g");
        floor.pass(120);
        for (int i = 0; i < 10; i++) {
            floor.call("f");
        }
        assertThat(floor.loads()).isEmpty();
    }

    @Test
    void findsTheOneWarmNodeWithRoomBehindManyWithout() {
        floor.node("usable", 2, 24, "f");
        for (int i = 0; i < 100; i++) {
            floor.warmButTaken("taken-" + i, "f");
        }

        String call = floor.call("f");
        floor.pass(1);

        assertThat(floor.nodeOf(call)).isEqualTo("usable");
    }

    @Test
    void doesNotLookAtTheOldestOnlyWhenTheyWaitForWhatIsNotThere() {
        for (int i = 0; i < 3 * SiteMatcher.SEEN_MAX; i++) {
            floor.call("large-" + i, 80);
        }
        String call = floor.call("f");
        floor.gpu("n1");
        floor.pass(2);

        assertThat(floor.nodeOf(call)).isEqualTo("n1");
    }

    @Test
    void doesNotWaitForALongRunWhileThereIsRoomForAnother() {
        floor.node("n1", 4, 80, "f");
        floor.runs(floor.call("f"), 10);
        String first = floor.call("f");
        floor.starts(first);
        floor.pass(1);

        String second = floor.call("f");

        assertThat(floor.nodeOf(second)).isEqualTo("n1");
    }
}
