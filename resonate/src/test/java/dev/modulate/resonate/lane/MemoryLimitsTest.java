package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What callers may make a lane hold in memory. */
class MemoryLimitsTest {
    private static final int MEBI = 1 << 20;

    @TempDir
    Path folder;

    private GatedStore store;
    private PromiseLane lane;

    @BeforeEach
    void open() {
        store = new GatedStore(RocksStore.open(folder));
        lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system());
        lane.start();
    }

    @AfterEach
    void close() {
        store.scans.countDown();
        store.gate.release(1_000);
        lane.close();
        store.close();
    }

    @Test
    void whileTheStoreStallsSoManyCharactersWaitAndMoreIsTurnedAway() throws Exception {
        store.fail = true;
        store.gate.drainPermits();
        var large = new Value(Map.of(), "x".repeat(4 * MEBI));
        var first = lane.submit(create("first", Value.EMPTY));
        await().until(() -> store.gate.hasQueuedThreads());
        for (int i = 0; i < 32; i++) {
            assertThat(lane.submit(create("p" + i, large))).isNotDone();
        }

        fails(lane.submit(create("more", Value.EMPTY)), "128 Mi characters");

        store.gate.release(1_000);
        fails(first, "no space left");
        store.fail = false;
        await().until(lane::serving);
        assertThat(lane.submit(create("more", Value.EMPTY)).get(30, TimeUnit.SECONDS))
                .isInstanceOf(Reply.Ok.class);
    }

    @Test
    void soManySearchesRunAtATimeAndMoreAreTurnedAway() throws Exception {
        lane.submit(create("a", Value.EMPTY)).get(30, TimeUnit.SECONDS);
        store.scans = new CountDownLatch(1);
        var running = new ArrayList<CompletableFuture<Reply<Answer.Promises>>>();
        for (int i = 0; i < Searches.SEARCHES_MAX; i++) {
            running.add(lane.submit(search()));
        }

        fails(lane.submit(search()), "too many searches at a time (at most 32)");

        store.scans.countDown();
        for (var search : running) {
            assertThat(search.get(30, TimeUnit.SECONDS)).isInstanceOf(Reply.Ok.class);
        }
        // A search leaves its place after it was answered.
        await().until(() -> lane.submit(search())
                .handle((reply, failure) -> failure == null)
                .get(30, TimeUnit.SECONDS));
    }

    @Test
    void aPageIsShortWhereHeadersAndTagsAreLong() throws Exception {
        var headers = new Value(Map.of("h", "x".repeat(MEBI)), null);
        for (int i = 0; i < 12; i++) {
            lane.submit(create("p%02d".formatted(i), headers)).get(30, TimeUnit.SECONDS);
        }

        var page = ((Reply.Ok<Answer.Promises>) lane.submit(search()).get(30, TimeUnit.SECONDS)).answer();

        assertThat(page.promises()).hasSize(8);
        assertThat(page.cursor()).isEqualTo("p07");
    }

    @Test
    void aPageOfSchedulesIsShortWhereParamsAreLong() throws Exception {
        var param = new Value(Map.of(), "x".repeat(4 * MEBI));
        for (int i = 0; i < 4; i++) {
            lane.submit(new Request.ScheduleCreate(
                            "s" + i, "0 0 1 1 *", "p", 1, param, Map.of("resonate:target", "poll://any@g")))
                    .get(30, TimeUnit.SECONDS);
        }

        var reply = lane.submit(new Request.ScheduleSearch(Map.of(), 100, null)).get(30, TimeUnit.SECONDS);

        var page = ((Reply.Ok<Answer.Schedules>) reply).answer();
        assertThat(page.schedules()).hasSize(3);
        assertThat(page.cursor()).isEqualTo("s2");
    }

    @Test
    void retentionTakesAFifthOfTheTimeHoweverLongAPassTakes() {
        assertThat(Retention.pauseMillis(0)).isEqualTo(10);
        assertThat(Retention.pauseMillis(25)).isEqualTo(100);
        assertThat(Retention.pauseMillis(600_000)).isEqualTo(10_000);
    }

    private static void fails(CompletableFuture<?> future, String words) {
        assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(ResonateUnavailableException.class)
                .hasMessageContaining(words);
    }

    private static Request.PromiseSearch search() {
        return new Request.PromiseSearch(null, Map.of(), 100, null);
    }

    private static Request.PromiseCreate create(String id, Value param) {
        return new Request.PromiseCreate(id, InstantSource.system().millis() + 600_000, param, Map.of());
    }
}
