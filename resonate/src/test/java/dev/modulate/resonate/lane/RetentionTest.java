package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    private static final Duration KEEP = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.ofEpochSecond(1_000_000));
    private final InstantSource clock = now::get;
    private int asked;
    private PromiseStore store;
    private PromiseLane lane;
    private Retention retention;

    @BeforeEach
    void open() {
        store = RocksStore.open(folder);
        lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, clock);
        lane.start();
        retention = new Retention(lane, store, KEEP, clock);
    }

    @AfterEach
    void close() {
        retention.close();
        lane.close();
        store.close();
    }

    @Test
    void treesGoOnceTheirLastPromiseIsOldEnough() throws Exception {
        create("a", "a");
        create("a.1", "a");
        settle("a");
        pass(Duration.ofHours(2));
        assertThat(exists("a")).isTrue();

        settle("a.1");
        pass(Duration.ofMinutes(30));
        assertThat(exists("a")).isTrue();

        pass(Duration.ofHours(1));
        assertThat(exists("a")).isFalse();
        assertThat(exists("a.1")).isFalse();
        assertThat(retention.removed()).isEqualTo(2);
    }

    @Test
    void aTreeThatGetsAPromiseWhileItIsLookedForStays() throws Exception {
        create("a", "a");
        settle("a");
        create("b", "b");
        settle("b");
        now.set(now.get().plus(Duration.ofHours(2)));

        int removed = lane.retire(
                () -> {
                    var found = store.sweep(null, clock.millis(), 100).trees();
                    assertThat(found).extracting(PromiseStore.Tree::id).containsExactly("a", "b");
                    create("a.late", "a");
                    return found;
                },
                store::rest);

        assertThat(removed).isEqualTo(1);
        assertThat(exists("a")).isTrue();
        assertThat(exists("a.late")).isTrue();
        assertThat(exists("b")).isFalse();
    }

    @Test
    void everyRecordIsLookedAtInPassesOfBoundedSize() throws Exception {
        for (int i = 0; i < 4_500; i++) {
            lane.submit(creation("p" + i, "p" + i));
            lane.submit(new Request.PromiseSettle("p" + i, PromiseState.RESOLVED, Value.EMPTY));
        }
        settle("p4499");
        now.set(now.get().plus(Duration.ofHours(2)));
        assertThat(List.of(retention.pass(), retention.pass(), retention.pass()))
                .containsExactly(true, true, false);
        assertThat(retention.removed()).isEqualTo(4_500);
        assertThat(exists("p0")).isFalse();
    }

    /** However large a tree is, a bounded part of it is in memory at a time. */
    @Test
    void aTreeOfManyMembersGoesInParts() throws Exception {
        int many = 5 * PromiseStore.MEMBERS_MAX / 2;
        settleLongAgo("big", many);
        var counting = new CountingStore(store);
        retention = new Retention(lane, counting.counted(), KEEP, clock);

        assertThat(retention.pass()).isTrue();
        assertThat(retention.pass()).isFalse();

        assertThat(retention.removed()).isEqualTo(many + 1);
        assertThat(exists("big")).isFalse();
        assertThat(exists("big." + (many - 1))).isFalse();
        assertThat(counting.most()).isEqualTo(PromiseStore.MEMBERS_MAX);
        assertThat(counting.parts()).isEqualTo(3);
    }

    @Test
    void aTreeThatGetsAPromiseBetweenItsPartsKeepsTheRest() throws Exception {
        int many = 2 * PromiseStore.MEMBERS_MAX;
        settleLongAgo("big", many);

        int removed = lane.retire(() -> store.sweep(null, clock.millis(), 100).trees(), part -> {
            create("late", "big");
            return store.rest(part);
        });

        assertThat(removed).isEqualTo(PromiseStore.MEMBERS_MAX);
        assertThat(exists("late")).isTrue();
        assertThat(exists("big")).isFalse();
    }

    /** A tree whose members have all been settled for longer than they are kept. */
    private void settleLongAgo(String tree, int children) throws Exception {
        create(tree, tree);
        settle(tree);
        for (int i = 0; i < children; i++) {
            lane.submit(creation(tree + "." + i, tree));
            lane.submit(new Request.PromiseSettle(tree + "." + i, PromiseState.RESOLVED, Value.EMPTY));
        }
        settle(tree + "." + (children - 1));
        now.set(now.get().plus(Duration.ofHours(2)));
    }

    /** Time passes, everything is looked at, and what was found is removed. */
    private void pass(Duration later) throws Exception {
        now.set(now.get().plus(later));
        assertThat(retention.pass()).isFalse();
    }

    private Request.PromiseCreate creation(String id, String tree) {
        long timeoutAt = now.get().plus(Duration.ofDays(1)).toEpochMilli();
        return new Request.PromiseCreate(id, timeoutAt, Value.EMPTY, Map.of(Tags.ORIGIN, tree));
    }

    private void create(String id, String tree) {
        assertThat(lane.submit(creation(id, tree)).join()).isInstanceOf(Reply.Ok.class);
    }

    private void settle(String id) {
        assertThat(lane.submit(new Request.PromiseSettle(id, PromiseState.RESOLVED, Value.EMPTY))
                        .join())
                .isInstanceOf(Reply.Ok.class);
    }

    /** What was removed before is gone when a later write is answered. */
    private boolean exists(String id) throws Exception {
        create("later-" + ++asked, "later");
        Reply<Answer.OfPromise> reply = lane.submit(new Request.PromiseGet(id)).get(60, TimeUnit.SECONDS);
        return reply instanceof Reply.Ok;
    }
}
