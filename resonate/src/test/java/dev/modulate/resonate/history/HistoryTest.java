package dev.modulate.resonate.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Dialect;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.resonate.server.ResonateSettings;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import dev.modulate.resonate.store.Stores;
import dev.modulate.resonate.store.postgres.Postgres;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Histories of eight clients that collide. {@code -Dhistory.rounds=N} runs longer, {@code -Dhistory.seed=N} something
 * else.
 */
class HistoryTest {
    private static final int ROUNDS = Integer.getInteger("history.rounds", 8);
    private static final int ROUNDS_TO_CATCH = 40;

    /** Of so many rounds one may be too open to be judged, which is no fault: the machine stopped the clients halfway. */
    private static final int ROUNDS_TO_SKIP_ONE = 4;

    private static final long START_MILLIS = 1_000_000;
    private static final Machine MACHINE = new Machine(Rules.DEFAULT);
    private static final RandomLoad.Shape STEADY = new RandomLoad.Shape(8, 30, false, true, true);
    private static final RandomLoad.Shape RESTARTING = new RandomLoad.Shape(8, 30, true, true, true);
    private static final RandomLoad.Shape REMOTE = new RandomLoad.Shape(8, 30, false, false, true);
    private static final RandomLoad.Shape TICKING = new RandomLoad.Shape(8, 30, false, true, false);

    @TempDir
    Path folder;

    private final long seed = Long.getLong("history.seed", 20_261_126L);
    private final AtomicLong clock = new AtomicLong(START_MILLIS);

    @ParameterizedTest
    @EnumSource
    void whatTheLaneAnsweredHasAnOrder(Dialect dialect) throws Exception {
        var machine = new Machine(Rules.DEFAULT.with(dialect));
        try (var store = RocksStore.open(folder);
                var lane = start(machine, store)) {
            everyRoundIsLinearizable(machine, new LaneSubject(lane), STEADY);
        }
    }

    @Test
    void whatIsAnsweredOverHttpHasAnOrder() throws Exception {
        var local = ResonateSettings.local(folder, Duration.ofSeconds(1));
        var settings = new ResonateSettings(
                local.host(),
                local.port(),
                local.store(),
                local.rules(),
                true,
                local.listeners(),
                local.push(),
                local.auth());
        var meters = Meters.ofProcess();
        try (var server =
                        new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
                var shell = new ServerShell("resonate", "127.0.0.1", 0, meters, List.of(), server::mount)) {
            server.start();
            shell.start();
            var url = URI.create("http://127.0.0.1:" + shell.port());
            // A call that is sent twice may be applied twice, and no history shows that: each is given its time.
            var patient = new HttpResonate.Target(url, "", Duration.ofMinutes(5));
            try (var resonate = new HttpResonate(patient, System::nanoTime, new Random(1))) {
                everyRoundIsLinearizable(new Machine(settings.rules()), new HttpSubject(resonate), REMOTE);
            }
        }
    }

    @Test
    void whatTheLaneAnsweredFromPostgresHasAnOrder() throws Exception {
        // Its searches may see a little more than was committed when they got their time: the clock stands still.
        try (var store = Stores.open(Postgres.shared().database(), null);
                var lane = start(MACHINE, store)) {
            everyRoundIsLinearizable(MACHINE, new LaneSubject(lane), RESTARTING);
        }
    }

    /**
     * Leases and deadlines end and schedules fire. A search reads when its thread gets to it, and PostgreSQL then shows what was
     * committed by then: with a clock that moves, some of it later than the time that the search was given.
     */
    @Test
    void whatTheLaneAnsweredFromPostgresHasAnOrderWhileTheClockMoves() throws Exception {
        try (var store = Stores.open(Postgres.shared().database(), null);
                var lane = start(MACHINE, store)) {
            everyRoundIsLinearizable(MACHINE, new LaneSubject(lane), TICKING);
        }
    }

    @Test
    void whatTheLaneAnsweredFromPostgresHasAnOrderWhenCommitsFail() throws Exception {
        commitsFail(Stores.open(Postgres.shared().database(), null));
    }

    @Test
    void whatTheLaneAnsweredHasAnOrderWhenCommitsFail() throws Exception {
        commitsFail(RocksStore.open(folder));
    }

    private void commitsFail(PromiseStore sound) throws Exception {
        var failures = new AtomicInteger();
        var failing = CommitAround.failing(new Random(seed), 30, failures);
        try (var store = CommitAround.of(sound, failing);
                var lane = start(MACHINE, store)) {
            everyRoundIsLinearizable(MACHINE, new LaneSubject(lane), RESTARTING);
            assertThat(failures).hasPositiveValue();
        }
    }

    @Test
    void aStoreThatAnswersBeforeItAppliedIsCaught() throws Exception {
        try (var store = CommitAround.of(RocksStore.open(folder), CommitAround.late());
                var lane = start(MACHINE, store)) {
            someRoundIsBroken(new LaneSubject(lane));
        }
    }

    @Test
    void staleReadsAreCaught() throws Exception {
        isCaught(WrongSubjects::staleReads);
    }

    @Test
    void lostUpdatesAreCaught() throws Exception {
        isCaught(WrongSubjects::lostUpdates);
    }

    @Test
    void anAnswerBeforeItsEffectIsCaught() throws Exception {
        isCaught(WrongSubjects::answersBeforeItApplies);
    }

    private void isCaught(UnaryOperator<Subject> wrong) throws Exception {
        try (var store = RocksStore.open(folder);
                var lane = start(MACHINE, store)) {
            someRoundIsBroken(wrong.apply(new LaneSubject(lane)));
        }
    }

    private PromiseLane start(Machine machine, PromiseStore store) {
        var lane = new PromiseLane(machine, store, delivery -> {}, InstantSource.system(), PromiseLane.Time.DEBUG);
        lane.start();
        return lane;
    }

    private void everyRoundIsLinearizable(Machine machine, Subject subject, RandomLoad.Shape shape) throws Exception {
        System.out.println("seed " + seed);
        int widest = 0;
        int skipped = 0;
        for (int round = 0; round < ROUNDS; round++) {
            switch (verdict(machine, subject, shape, round)) {
                case Linearizer.Verdict.Linearizable fine -> widest = Math.max(widest, fine.widest());
                case Linearizer.Verdict.TooOpen open -> {
                    skipped++;
                    System.out.println("round " + round + " is not judged: " + open.where());
                }
                case Linearizer.Verdict.Broken broken ->
                    throw new AssertionError("seed " + seed + " round " + round + ": " + broken);
            }
        }
        assertThat(skipped).as("rounds too open to be judged").isLessThanOrEqualTo(ROUNDS / ROUNDS_TO_SKIP_ONE);
        System.out.println(ROUNDS + " rounds, at most " + widest + " possible states at one moment");
    }

    private void someRoundIsBroken(Subject subject) throws Exception {
        System.out.println("seed " + seed);
        for (int round = 0; round < ROUNDS_TO_CATCH; round++) {
            if (verdict(MACHINE, subject, STEADY, round) instanceof Linearizer.Verdict.Broken broken) {
                System.out.println("caught in round " + round + ": "
                        + broken.why().lines().findFirst().orElse(""));
                return;
            }
        }
        throw new AssertionError("not caught in " + ROUNDS_TO_CATCH + " rounds, seed " + seed);
    }

    private Linearizer.Verdict verdict(Machine machine, Subject subject, RandomLoad.Shape shape, int round)
            throws Exception {
        while (!(subject.call(new Call(new Request.DebugReset(), clock.get())) instanceof Outcome.Answered)) {
            // A commit failed; the store is back soon.
        }
        var start = new Call(new Request.DebugTick(clock.get()), clock.get());
        subject.call(start);
        var history = new RandomLoad(subject, clock, shape).run("r" + (10_000 + round), seed + round);
        return new Linearizer(new Model(machine)).check(ModelState.EMPTY.at(start.atMillis()), history);
    }
}
