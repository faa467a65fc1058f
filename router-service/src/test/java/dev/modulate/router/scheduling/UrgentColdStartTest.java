package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Calls of functions that are loaded nowhere, behind many older ones. */
class UrgentColdStartTest {
    private static final int FUNCTIONS = 100;

    private final Floor floor = new Floor(WarmQueueRules.DEFAULT);

    private String cold(String function, String tenant, Priority priority) {
        return floor.call(function, tenant, priority, Call.NO_DEADLINE);
    }

    /** One node that is taken, and more functions of one tenant than a decision looks at. */
    private String flooded() {
        floor.gpu("a");
        String running = cold("warm", "flood", Priority.NORMAL);
        floor.starts(running);
        floor.pass(25);
        for (int i = 0; i < FUNCTIONS; i++) {
            cold("f" + i, "flood", Priority.NORMAL);
        }
        floor.pass(1);
        return running;
    }

    @Test
    void aTenantThatHasNotUsedItsShareDoesNotWaitBehindAllFunctionsOfOneThatFloods() {
        String running = flooded();
        String modest = cold("m", "modest", Priority.NORMAL);

        assertThatItIsNext(modest, running);
    }

    @Test
    void norWhenTheOtherHasACallThatWouldStartWarm() {
        String running = flooded();
        cold("warm", "flood", Priority.NORMAL);
        String modest = cold("m", "modest", Priority.NORMAL);

        assertThatItIsNext(modest, running);
    }

    @Test
    void anUrgentCallDoesNotWaitBehindOlderOnesOfItsTenant() {
        String running = flooded();
        String high = cold("h", "flood", Priority.HIGH);

        assertThatItIsNext(high, running);
    }

    @Test
    void amongManyTenantsTheUrgentCallOfOneIsFound() {
        floor.gpu("a");
        String running = cold("warm", "t0", Priority.NORMAL);
        floor.starts(running);
        for (int i = 0; i < 10 * FUNCTIONS; i++) {
            cold("f" + i, "t" + i % (2 * Turns.QUEUES_MAX), Priority.NORMAL);
        }
        String high = cold("h", "t1", Priority.HIGH);
        floor.pass(1);

        for (int i = 0; i < 4 && floor.nodeOf(high).isEmpty(); i++) {
            floor.ends(running);
            running = floor.placedLast();
        }

        assertThat(floor.nodeOf(high)).isEqualTo("a");
    }

    @Test
    void theOldestOfATenantGoesFirstAsBefore() {
        String running = flooded();

        floor.ends(running);

        assertThat(floor.placedLast()).isEqualTo("call-2");
    }

    /** Once what runs has ended. */
    private void assertThatItIsNext(String call, String running) {
        floor.pass(1);
        floor.ends(running);
        assertThat(floor.nodeOf(call)).isEqualTo("a");
    }
}
