package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No fault ends one of the lane's threads: whoever waits is told, and all is served again when the fault is gone. */
class FaultsTest {
    private static final String TARGET = "poll://any@workers";

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Delivery> sent = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean deaf = new AtomicBoolean();
    private GatedStore store;
    private PromiseLane lane;

    @BeforeEach
    void open() {
        store = new GatedStore(RocksStore.open(folder));
        lane = new PromiseLane(new Machine(new Rules(200)), store, this::deliver, InstantSource.system());
        lane.start();
    }

    private void deliver(Delivery delivery) {
        if (deaf.get()) {
            throw new IllegalStateException("deaf");
        }
        sent.add(delivery);
    }

    @AfterEach
    void close() {
        store.gate.release(1_000);
        lane.close();
        store.close();
    }

    @Test
    void aCommitThatThrowsWhatNobodyExpectsFailsItsCallersAndIsForgotten() throws Exception {
        store.fault = new IllegalStateException("a bug");
        fails(create("a", Map.of()));

        store.fault = null;
        await().until(lane::serving);
        assertThat(lane.submit(new Request.PromiseGet("a")).get(30, TimeUnit.SECONDS))
                .isEqualTo(new Reply.Refused<>(404, "Promise not found"));
        assertThat(promise(create("a", Map.of())).state()).isEqualTo(PromiseState.PENDING);
    }

    @Test
    void aMessageThatCannotBeHandedOverHoldsNobodyUp() throws Exception {
        deaf.set(true);
        for (int i = 0; i < 50; i++) {
            promise(create("deaf-" + i, Map.of(Tags.TARGET, TARGET)));
        }
        deaf.set(false);
        promise(create("heard", Map.of(Tags.TARGET, TARGET)));
        await().until(() ->
                sent.stream().anyMatch(delivery -> delivery.toString().contains("heard")));
    }

    @Test
    void aLookupThatThrowsFailsWhoWaitsForItAlone() throws Exception {
        lane.close();
        store.remote = true;
        lane = new PromiseLane(new Machine(new Rules(200)), store, this::deliver, InstantSource.system());
        lane.start();
        store.fault = new IllegalStateException("a bug");
        fails(new Request.PromiseGet("a"));

        store.fault = null;
        assertThat(lane.submit(new Request.PromiseGet("a")).get(30, TimeUnit.SECONDS))
                .isEqualTo(new Reply.Refused<>(404, "Promise not found"));
    }

    @Test
    void aSearchThatThrowsFailsAloneAndLeavesItsPlace() throws Exception {
        promise(create("a", Map.of()));
        store.fault = new IllegalStateException("a bug");
        for (int i = 0; i < 2 * Searches.SEARCHES_MAX; i++) {
            fails(new Request.PromiseSearch(null, Map.of(), 5, null));
        }
        store.fault = null;
        var found =
                lane.submit(new Request.PromiseSearch(null, Map.of(), 5, null)).get(30, TimeUnit.SECONDS);
        assertThat(((Reply.Ok<Answer.Promises>) found).answer().promises()).hasSize(1);
    }

    @Test
    void aTimerThatCannotBeHandledLetsTheOthersRingAndRingsAgain() throws Exception {
        long soon = InstantSource.system().millis() + 1_500;
        // A large param is read from the store again for the message to the listener.
        var large = new Value(Map.of(), "x".repeat(100_000));
        promise(new Request.PromiseCreate("unfit", soon, large, Map.of()));
        promise(new Request.PromiseRegisterListener("unfit", TARGET));
        promise(new Request.PromiseCreate("fit", soon + 100, Value.EMPTY, Map.of()));
        store.unfit = "unfit";

        await().until(() -> lane.pendingCount() == 1);
        assertThat(promise(new Request.PromiseGet("fit")).state()).isEqualTo(PromiseState.REJECTED_TIMEDOUT);
        assertThat(sent).isEmpty();

        store.unfit = null;
        await().until(() -> sent.size() == 1);
    }

    @Test
    void manySchedulesThatHaveMissedRunsHoldNoCallerUp() throws Exception {
        var before = new Timetable();
        var run = new ArrayList<String>();
        long now = InstantSource.system().millis();
        for (int i = 0; i < 12; i++) {
            promiseless(new Request.ScheduleCreate(
                    "s%02d".formatted(i), "* * * * *", "p.{{.id}}", 1_000, Value.EMPTY, Map.of(Tags.TARGET, TARGET)));
        }
        var all = lane.submit(new Request.ScheduleSearch(Map.of(), 100, null)).get(30, TimeUnit.SECONDS);
        ((Reply.Ok<Answer.Schedules>) all).answer().schedules().forEach(before::put);

        long late = now + 600_000;
        for (var due = before.due(late, 5); !due.isEmpty() && run.size() < 24; due = before.due(late, 5)) {
            assertThat(due).hasSizeLessThanOrEqualTo(5);
            run.addAll(due);
            // Still due after a run: each has missed ten.
            due.forEach(id -> before.rearm(id, late));
        }
        assertThat(run.subList(0, 12)).doesNotHaveDuplicates();
        assertThat(run.subList(12, 24)).doesNotHaveDuplicates();
        assertThat(before.nextMillis()).isLessThanOrEqualTo(late);
    }

    private void promiseless(Request<?> request) throws Exception {
        assertThat(lane.submit(request).get(30, TimeUnit.SECONDS)).isInstanceOf(Reply.Ok.class);
    }

    private void fails(Request<?> request) {
        var failed = lane.submit(request);
        assertThatThrownBy(() -> failed.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ResonateUnavailableException.class);
    }

    private Promise promise(Request<Answer.OfPromise> request) throws Exception {
        CompletableFuture<Reply<Answer.OfPromise>> future = lane.submit(request);
        return ((Reply.Ok<Answer.OfPromise>) future.get(30, TimeUnit.SECONDS))
                .answer()
                .promise();
    }

    private static Request.PromiseCreate create(String id, Map<String, String> tags) {
        return new Request.PromiseCreate(id, InstantSource.system().millis() + 60_000, Value.EMPTY, tags);
    }
}
