package dev.modulate.router.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.router.dispatch.FakeTime;
import dev.modulate.router.dispatch.MemoryResonate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EpochTest {
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration THIRD = Duration.ofSeconds(1);
    private static final String TASK = "router-epoch-main";

    private final FakeTime time = new FakeTime();
    private final MemoryResonate resonate = new MemoryResonate(time);
    private final Candidate a = new Candidate("r1", "a:1");
    private final Candidate b = new Candidate("r2", "b:1");

    @Test
    void theFirstToAskIsInChargeAndTheOthersAreToldWhoIs() {
        a.tick();
        b.tick();

        assertThat(a.told).containsExactly("won 1");
        assertThat(b.told).containsExactly("elsewhere a:1");
    }

    @Test
    void keepsTheEpochAsLongAsItRenewsIt() {
        a.tick();
        for (int i = 0; i < 30; i++) {
            pass(THIRD);
            a.tick();
            b.tick();
        }

        assertThat(a.told).containsExactly("won 1");
        assertThat(b.told).containsOnly("elsewhere a:1");
    }

    @Test
    void anotherTakesItAtTheEndOfTheLeaseAndNotBefore() {
        a.tick();
        pass(LEASE.minusMillis(1));
        b.tick();
        assertThat(b.told).containsExactly("elsewhere a:1");
        pass(Duration.ofMillis(1));
        b.tick();

        assertThat(b.told).containsExactly("elsewhere a:1", "won 2");
    }

    @Test
    void oneThatWasPausedIsNoLongerInChargeWhenItIsBack() {
        a.tick();
        pass(LEASE);
        b.tick();

        a.tick();
        a.tick();

        assertThat(a.told).containsExactly("won 1", "lost", "elsewhere b:1");
        pass(THIRD);
        b.tick();
        assertThat(b.told).containsExactly("won 2");
        assertThat(resonate.task(TASK).pid()).isEqualTo("r2@b:1");
    }

    @Test
    void oneThatWasPausedGoesOnIfNobodyHadTheEpochMeanwhile() {
        a.tick();
        pass(LEASE.multipliedBy(5));

        a.tick();

        assertThat(a.told).containsExactly("won 1", "raised 2");
        assertThat(owned()).isEqualTo("r1@a:1 2");
    }

    @Test
    void losesTheEpochToOneThatIsQuickerAfterItsLeaseEnded() {
        a.tick();
        pass(LEASE);
        resonate.hold(Request.TaskGet.class::isInstance);
        a.tick();
        b.tick();
        assertThat(b.told).containsExactly("won 2");

        resonate.letGo();

        assertThat(a.told).containsExactly("won 1", "lost", "elsewhere b:1");
        assertThat(owned()).isEqualTo("r2@b:1 2");
    }

    @Test
    void oneThatIsGrantedTheEpochAfterAnotherHadItBeginsAnew() {
        a.tick();
        pass(LEASE);
        resonate.hold(Request.TaskGet.class::isInstance);
        a.tick();
        b.tick();
        b.epoch.close();
        resonate.letGo();

        assertThat(a.told).containsExactly("won 1", "lost");
        a.tick();
        assertThat(a.told).containsExactly("won 1", "lost", "won 4");
        assertThat(owned()).isEqualTo("r1@a:1 4");
    }

    @Test
    void letsGoWhenTheStoreDoesNotAnswerForTenLeases() {
        a.tick();
        resonate.setDown(true);
        for (int i = 0; i < 30; i++) {
            pass(THIRD);
            a.tick();
        }
        assertThat(a.told).containsExactly("won 1");
        pass(THIRD);
        a.tick();
        assertThat(a.told).containsExactly("won 1", "lost");

        resonate.setDown(false);
        resonate.ring();
        a.tick();

        assertThat(a.told).containsExactly("won 1", "lost", "won 2");
    }

    @Test
    void aQuestionWithoutAnswerIsAskedAgain() {
        a.tick();
        pass(THIRD);
        resonate.setDown(true);
        a.tick();
        resonate.setDown(false);
        pass(THIRD);
        a.tick();
        pass(THIRD.multipliedBy(2));
        b.tick();

        assertThat(a.told).containsExactly("won 1");
        assertThat(b.told).containsExactly("elsewhere a:1");
    }

    @Test
    void goesOnWithAnEpochThatItTookWithoutHearingSo() {
        a.tick();
        pass(LEASE);
        resonate.hold(Request.TaskGet.class::isInstance);
        a.tick();
        resonate.setLosesReplies(true);
        resonate.letGo();
        resonate.setLosesReplies(false);
        assertThat(owned()).isEqualTo("r1@a:1 2");
        assertThat(a.told).containsExactly("won 1");

        a.tick();

        assertThat(a.told).containsExactly("won 1", "raised 2");
    }

    @Test
    void raisesItsEpochAboveALargerOne() {
        a.tick();

        a.epoch.heardOf(4);

        assertThat(a.told).containsExactly("won 1", "raised 2", "raised 3", "raised 4", "raised 5");
        assertThat(owned()).isEqualTo("r1@a:1 5");
    }

    @Test
    void raisesNothingForASmallerEpochNorForOneFarAway() {
        a.tick();

        a.epoch.heardOf(1);
        a.epoch.heardOf(1_000_000);
        pass(THIRD);
        a.tick();

        assertThat(a.told).containsExactly("won 1");
    }

    @Test
    void aLargerEpochTellsAPausedOneThatItIsOver() {
        a.tick();
        pass(LEASE);
        b.tick();

        a.epoch.heardOf(2);

        assertThat(a.told).containsExactly("won 1", "lost");
        assertThat(owned()).isEqualTo("r2@b:1 2");
    }

    @Test
    void oneThatIsNotInChargeRaisesNothing() {
        a.tick();
        b.tick();

        b.epoch.heardOf(7);
        pass(LEASE);
        b.tick();

        assertThat(b.told).containsExactly("elsewhere a:1", "won 2");
    }

    @Test
    void aTickWhileItRaisesDoesNotRaceIt() {
        a.tick();
        resonate.hold(Request.TaskRelease.class::isInstance);
        a.epoch.heardOf(2);
        assertThat(resonate.task(TASK).state()).isEqualTo(TaskState.PENDING);
        pass(THIRD);
        a.tick();

        resonate.letGo();
        a.tick();

        assertThat(a.told).containsExactly("won 1", "raised 2", "raised 3");
        assertThat(owned()).isEqualTo("r1@a:1 3");
    }

    @Test
    void raisesWhatItHeardOfDuringARenewal() {
        a.tick();
        pass(THIRD);
        resonate.hold(Request.TaskGet.class::isInstance);
        a.tick();
        a.epoch.heardOf(2);
        assertThat(a.told).containsExactly("won 1");

        resonate.letGo();

        assertThat(a.told).containsExactly("won 1", "raised 2", "raised 3");
    }

    @Test
    void goesOnRaisingAfterARaiseThatWasNotAnswered() {
        a.tick();
        resonate.hold(Request.TaskGet.class::isInstance);
        a.epoch.heardOf(2);
        resonate.setLosesReplies(true);
        resonate.letGo();
        resonate.setLosesReplies(false);
        assertThat(a.told).containsExactly("won 1");

        a.tick();

        assertThat(a.told).containsExactly("won 1", "raised 2", "raised 3");
    }

    @Test
    void anOldAnswerAboutWhoIsInChargeDoesNotEndATakeOver() {
        a.tick();
        resonate.hold(Request.TaskGet.class::isInstance);
        b.tick();
        pass(LEASE);
        b.tick();

        resonate.letGo();
        b.tick();

        assertThat(b.told).containsExactly("elsewhere a:1", "won 2");
    }

    @Test
    void aNewStartTakesTheEpochOfAnEarlierOneUnderItsAddress() {
        a.tick();
        var next = new Candidate("r3", "a:1");

        next.tick();

        assertThat(next.told).containsExactly("won 2");
        assertThat(owned()).isEqualTo("r3@a:1 2");
    }

    @Test
    void givesTheEpochBackWhenItCloses() {
        a.tick();
        a.epoch.close();
        b.tick();

        assertThat(b.told).containsExactly("won 2");
        assertThat(a.told).containsExactly("won 1");
    }

    @Test
    void oneThatClosesWithoutTheEpochGivesNobodysBack() {
        a.tick();
        b.tick();
        b.epoch.close();
        b.tick();

        assertThat(owned()).isEqualTo("r1@a:1 1");
        assertThat(b.told).containsExactly("elsewhere a:1");
    }

    @Test
    void isNotInChargeByAnAnswerThatComesAfterItClosed() {
        resonate.hold(Request.TaskCreate.class::isInstance);
        a.tick();
        a.epoch.close();
        resonate.letGo();

        assertThat(a.told).isEmpty();
    }

    private void pass(Duration duration) {
        time.add(duration);
        resonate.ring();
    }

    /** Who has the epoch, and which. */
    private String owned() {
        var task = resonate.task(TASK);
        assertThat(task.state()).isEqualTo(TaskState.ACQUIRED);
        return task.pid() + " " + task.version();
    }

    /** One router of the cell. */
    private final class Candidate implements Epoch.Listener {
        final List<String> told = new ArrayList<>();
        final HandThread thread = new HandThread();
        final Epoch epoch;

        Candidate(String id, String address) {
            this.epoch = new Epoch(resonate, "main", new Member(id, address), LEASE, this, time, thread);
            epoch.start();
        }

        void tick() {
            thread.tick();
        }

        @Override
        public void won(long epoch) {
            told.add("won " + epoch);
        }

        @Override
        public void raised(long epoch) {
            told.add("raised " + epoch);
        }

        @Override
        public void lost() {
            told.add("lost");
        }

        @Override
        public void elsewhere(String address) {
            told.add("elsewhere " + address);
        }
    }
}
