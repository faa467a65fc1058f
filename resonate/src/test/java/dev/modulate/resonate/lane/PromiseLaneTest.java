package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromiseLaneTest {
    private static final String TARGET = "poll://any@workers";

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Delivery> sent = new ConcurrentLinkedQueue<>();
    private GatedStore store;
    private PromiseLane lane;

    @BeforeEach
    void open() {
        store = new GatedStore(RocksStore.open(folder));
        lane = lane(store);
    }

    @AfterEach
    void close() {
        store.gate.release(1_000);
        lane.close();
        store.close();
    }

    private PromiseLane lane(PromiseStore store) {
        var made = new PromiseLane(new Machine(new Rules(200)), store, sent::add, InstantSource.system());
        made.start();
        return made;
    }

    @Test
    void nothingIsAnsweredOrSentBeforeItIsDurableNotEvenARead() throws Exception {
        store.gate.drainPermits();
        var created = lane.submit(create("a", Map.of(Tags.TARGET, TARGET)));
        var read = lane.submit(new Request.PromiseGet("a"));
        var other = lane.submit(new Request.PromiseGet("b"));

        assertThat(other.get(60, TimeUnit.SECONDS)).isInstanceOf(Reply.Refused.class);
        assertThat(created).isNotDone();
        assertThat(read).isNotDone();
        assertThat(sent).isEmpty();

        store.gate.release(1_000);
        assertThat(promise(created).state()).isEqualTo(PromiseState.PENDING);
        assertThat(promise(read)).isEqualTo(promise(created));
        await().untilAsserted(() -> assertThat(sent).contains(new Delivery(TARGET, new Message.Execute("a", 0))));
    }

    @Test
    void whatWasAnsweredIsThereAfterARestartAndOnlyPendingIsInMemory() throws Exception {
        promise(lane.submit(create("settled", Map.of("k", "v"))));
        promise(lane.submit(new Request.PromiseSettle("settled", PromiseState.RESOLVED, new Value(Map.of(), "1"))));
        var pending = promise(lane.submit(create("pending", Map.of("k", "v"))));
        lane.close();
        store.close();

        store = new GatedStore(RocksStore.open(folder));
        lane = lane(store);

        assertThat(lane.pendingCount()).isEqualTo(1);
        assertThat(promise(lane.submit(new Request.PromiseGet("pending")))).isEqualTo(pending);
        assertThat(promise(lane.submit(new Request.PromiseGet("settled")))
                        .value()
                        .data())
                .isEqualTo("1");
    }

    @Test
    void aLargeParamOfAPendingPromiseIsReadFromTheStoreAgain() throws Exception {
        var large = new Value(Map.of("h", "1"), "x".repeat(100_000));
        long timeoutAt = InstantSource.system().millis() + 60_000;
        var created = promise(lane.submit(new Request.PromiseCreate("large", timeoutAt, large, Map.of())));
        // One more commit, after which the first is surely known to be durable.
        promise(lane.submit(create("other", Map.of())));
        assertThat(created.param()).isEqualTo(large);
        assertThat(promise(lane.submit(new Request.PromiseGet("large")))).isEqualTo(created);
        assertThat(promise(lane.submit(
                                new Request.PromiseSettle("large", PromiseState.RESOLVED, new Value(Map.of(), "1"))))
                        .param())
                .isEqualTo(large);
    }

    @Test
    void aFailedCommitFailsItsCallersAndIsForgotten() throws Exception {
        store.fail = true;
        var failed = lane.submit(create("a", Map.of()));
        assertThatThrownBy(() -> failed.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ResonateUnavailableException.class);

        store.fail = false;
        await().until(lane::serving);

        assertThat(lane.submit(new Request.PromiseGet("a")).get(60, TimeUnit.SECONDS))
                .isEqualTo(new Reply.Refused<>(404, "Promise not found"));
        assertThat(promise(lane.submit(create("a", Map.of()))).state()).isEqualTo(PromiseState.PENDING);
    }

    @Test
    void timersRingWithoutAnyCall() throws Exception {
        promise(lane.submit(
                new Request.PromiseCreate("short", InstantSource.system().millis() + 150, Value.EMPTY, Map.of())));
        promise(lane.submit(create("task", Map.of(Tags.TARGET, TARGET))));

        await().until(() -> lane.pendingCount() == 1);
        await().until(() -> sent.size() >= 3);
        assertThat(promise(lane.submit(new Request.PromiseGet("short"))).state())
                .isEqualTo(PromiseState.REJECTED_TIMEDOUT);
    }

    @Test
    void searchesPageThroughAllThatMatchInIdOrder() throws Exception {
        for (int i = 0; i < 25; i++) {
            promise(lane.submit(create("p%02d".formatted(i), Map.of("even", Boolean.toString(i % 2 == 0)))));
        }
        promise(lane.submit(new Request.PromiseSettle("p00", PromiseState.RESOLVED, Value.EMPTY)));
        var ids = new ArrayList<String>();
        String cursor = null;
        do {
            var page = search(PromiseState.PENDING, Map.of("even", "true"), 5, cursor);
            page.promises().forEach(promise -> ids.add(promise.id()));
            cursor = page.cursor();
        } while (cursor != null);

        assertThat(ids)
                .containsExactly("p02", "p04", "p06", "p08", "p10", "p12", "p14", "p16", "p18", "p20", "p22", "p24");
        assertThat(search(PromiseState.RESOLVED, Map.of(), 5, null).promises())
                .extracting(Promise::id)
                .containsExactly("p00");
    }

    private Answer.Promises search(PromiseState state, Map<String, String> tags, int limit, @Nullable String cursor)
            throws Exception {
        var reply = lane.submit(new Request.PromiseSearch(state, tags, limit, cursor))
                .get(60, TimeUnit.SECONDS);
        return ((Reply.Ok<Answer.Promises>) reply).answer();
    }

    private static Request.PromiseCreate create(String id, Map<String, String> tags) {
        return new Request.PromiseCreate(
                id, InstantSource.system().millis() + 60_000, new Value(Map.of("h", "1"), "param"), tags);
    }

    private static Promise promise(CompletableFuture<Reply<Answer.OfPromise>> future) throws Exception {
        return ((Reply.Ok<Answer.OfPromise>) future.get(60, TimeUnit.SECONDS))
                .answer()
                .promise();
    }
}
