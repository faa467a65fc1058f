package dev.modulate.resonate.store;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.child;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.schedule;
import static dev.modulate.resonate.store.Samples.settled;
import static dev.modulate.resonate.store.Samples.tasked;
import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.Kind;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.machine.Transition.ScheduleDeleted;
import dev.modulate.resonate.machine.Transition.SchedulePut;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store promises. */
public abstract class PromiseStoreContract {
    private PromiseStore store;

    /** Opens the store of this test; the second time what the first has left. */
    protected abstract PromiseStore open();

    @BeforeEach
    void openFirst() {
        store = open();
        store.recover(entry -> {});
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void reopen() {
        store.close();
        store = open();
    }

    @Test
    void everyFieldComesBackAlsoAfterOpeningAgain() {
        var tags = Map.of("nul\0key", "nul\0value", "resonate:origin", "tree\0x", "\u00e9\ud83d\ude00", "\u4e2d");
        var odd = pending("odd \u00e9\ud83d\ude00", "da\0ta \ud83d\ude00", tags);
        var empty = settled(pending("empty", ""), null, 2_000);
        store.commit(List.of(created(odd), created(tasked("task")), created(empty)));
        assertThat(store.find(odd.id())).isEqualTo(odd);
        reopen();
        assertThat(store.find(odd.id())).isEqualTo(odd);
        assertThat(store.find("task")).isEqualTo(tasked("task"));
        assertThat(store.find("empty")).isEqualTo(empty);
        assertThat(store.find("absent")).isNull();
        assertThat(store.findAll(List.of("task", "absent", "empty")))
                .isEqualTo(Map.of("task", tasked("task"), "empty", empty));
    }

    @Test
    void theLastOfSeveralChangesInABatchStays() {
        var twice = pending("twice");
        store.commit(List.of(
                created(twice),
                changed(settled(twice, "first", 2_000)),
                created(pending("at-once")),
                changed(settled(pending("at-once"), "v", 3_000))));
        store.commit(List.of(created(pending("other"))));

        assertThat(store.find("twice")).isEqualTo(settled(twice, "first", 2_000));
        assertThat(store.find("at-once")).isEqualTo(settled(pending("at-once"), "v", 3_000));
        assertThat(recovered()).containsExactly(pending("other"));
    }

    @Test
    void timersAreNotStoredAndAnEmptyBatchIsNothing() {
        store.commit(List.of(created(pending("a"))));
        store.commit(List.of(new PromisePut(tasked("a"), Kind.TIMER)));
        store.commit(List.of());
        assertThat(store.find("a")).isEqualTo(pending("a"));
    }

    @Test
    void recoveryShowsWhatIsPendingAndLeavesLargeParamsOnDisk() {
        String large = "x".repeat(300_000);
        store.commit(List.of(created(pending("large", large)), created(pending("small")), created(pending("done"))));
        store.commit(List.of(changed(settled(pending("done"), "v", 2_000))));
        reopen();

        var entries = recovered();
        assertThat(entries).extracting(Entry::id).containsExactlyInAnyOrder("large", "small");
        var found = entries.stream()
                .filter(entry -> entry.id().equals("large"))
                .findFirst()
                .orElseThrow();
        assertThat(found.origin().source()).isNotInstanceOf(Entry.Held.class);
        assertThat(found.promise().param()).isEqualTo(new Value(Map.of("h", "1"), large));
        assertThat(store.slim(pending("small"))).isEqualTo(pending("small"));
    }

    /** Whatever was created, changed and settled in which commits, what is pending is known after each start. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void recoveryShowsExactlyWhatIsPendingAsItWasLast(long seed) {
        var random = new Random(seed);
        var expected = new TreeMap<String, Entry>();
        int settledCount = 0;
        for (int round = 0; round < 300; round++) {
            var batch = new ArrayList<Change>();
            for (int i = random.nextInt(8); i >= 0; i--) {
                var entry = pending("r%d-%d".formatted(round, i));
                expected.put(entry.id(), entry);
                batch.add(created(entry));
            }
            var ids = new ArrayList<>(expected.keySet());
            for (int i = random.nextInt(9); i >= 0 && !ids.isEmpty(); i--) {
                String id = ids.get(random.nextInt(ids.size()));
                if (random.nextInt(3) == 0) {
                    var moved = listened(pending(id), random.nextInt(3));
                    expected.put(id, moved);
                    batch.add(changed(moved));
                } else if (expected.remove(id) != null) {
                    settledCount++;
                    batch.add(changed(settled(pending(id), "v", 2_000)));
                    ids.remove(id);
                }
            }
            store.commit(batch);
            if (random.nextInt(20) == 0) {
                reopen();
                assertThat(recovered()).containsExactlyInAnyOrderElementsOf(expected.values());
            }
        }
        assertThat(settledCount).isGreaterThan(500);
        assertThat(ids(null, true)).containsExactlyElementsOf(expected.keySet());
    }

    @Test
    void aScanIsInIdOrderAndSeesOneMoment() {
        for (String id : List.of("b", "a", "c", "B", "\u00e9", "a.1", "\ud83d\ude00", "\uffee")) {
            store.commit(List.of(created(pending(id))));
        }
        store.commit(List.of(changed(settled(pending("b"), "v", 2_000))));

        try (var scan = store.scan(null, false)) {
            var first = scan.next();
            store.commit(List.of(created(pending("aa")), changed(settled(pending("c"), "v", 2_000))));
            var rest = rest(scan);
            assertThat(first).isEqualTo(pending("B"));
            // In order of the bytes, not of the characters as Java counts them.
            assertThat(rest)
                    .extracting(Entry::id)
                    .containsExactly("a", "a.1", "b", "c", "\u00e9", "\uffee", "\ud83d\ude00");
            assertThat(rest.get(3).state()).isEqualTo(PromiseState.PENDING);
        }
        assertThat(ids("a", true)).containsExactly("a.1", "aa", "\u00e9", "\uffee", "\ud83d\ude00");
        assertThat(ids("a.0", false)).startsWith("a.1", "aa", "b", "c");
    }

    @Test
    void manyAndLargeRecordsGoInOneBatch() {
        var batch = new ArrayList<Change>();
        for (int i = 0; i < 3_000; i++) {
            batch.add(created(pending("m%04d".formatted(i))));
        }
        var large = settled(pending("large", "p".repeat(1 << 20)), "v".repeat(1 << 20), 2_000);
        batch.add(created(large));
        store.commit(batch);
        assertThat(ids(null, false)).hasSize(3_001).contains("m0000", "m2999");
        assertThat(store.find("large")).isEqualTo(large);
    }

    @Test
    void aTreeIsRemovedOnceAllOfItIsOld() {
        store.commit(List.of(
                created(settled(pending("old"), "v", 2_000)),
                created(settled(child("old.1", "old"), "v", 1_500)),
                created(settled(child("elsewhere", "old"), "v", 2_500)),
                created(settled(pending("young"), "v", 9_000)),
                created(settled(child("young.1", "young"), "v", 1_500)),
                created(settled(pending("open"), "v", 1_500)),
                created(child("open.1", "open")),
                created(settled(child("orphan.2", "orphan"), "v", 1_500)),
                created(settled(child("orphan.1", "orphan"), "v", 1_500)),
                created(pending("waiting"))));

        var trees = sweep(5_000, 1);
        assertThat(trees).extracting(PromiseStore.Tree::id).containsExactlyInAnyOrder("old", "orphan");
        assertThat(sweep(5_000, 100)).containsExactlyInAnyOrderElementsOf(trees);
        assertThat(trees.stream().flatMap(tree -> tree.members().stream()))
                .containsExactlyInAnyOrder("old", "old.1", "elsewhere", "orphan.1", "orphan.2");

        store.remove(trees);
        assertThat(ids(null, false)).containsExactly("open", "open.1", "waiting", "young", "young.1");
        assertThat(store.find("old")).isNull();
        assertThat(sweep(5_000, 100)).isEmpty();
        store.commit(List.of(created(pending("old"))));
        assertThat(store.find("old")).isEqualTo(pending("old"));
    }

    @Test
    void aTreeOfManyMembersIsFoundInPartsAndRemovedInThem() {
        int many = 2 * PromiseStore.MEMBERS_MAX + 500;
        for (String tree : List.of("big", "orphaned")) {
            var batch = new ArrayList<Change>();
            for (int i = tree.equals("big") ? 0 : 1; i <= many; i++) {
                batch.add(created(settled(i == 0 ? pending(tree) : child(tree + "." + i, tree), "v", 2_000)));
            }
            store.commit(batch);
        }
        store.commit(List.of(created(settled(pending("a"), "v", 2_000)), created(settled(pending("z"), "v", 2_000))));

        var removed = new ArrayList<String>();
        String after = null;
        do {
            var sweep = store.sweep(after, 5_000, 100);
            assertThat(members(sweep.trees())).hasSizeLessThan(2 * PromiseStore.MEMBERS_MAX);
            for (var found : sweep.trees()) {
                for (var part = found; !part.members().isEmpty(); part = store.rest(part)) {
                    assertThat(part.members()).hasSizeLessThanOrEqualTo(PromiseStore.MEMBERS_MAX);
                    store.remove(List.of(part));
                    removed.addAll(part.members());
                    if (!part.more()) {
                        break;
                    }
                }
            }
            after = sweep.next();
        } while (after != null);
        assertThat(removed).doesNotHaveDuplicates().hasSize(2 * many + 3);
        assertThat(ids(null, false)).isEmpty();
    }

    /** As a crash between the parts leaves it. */
    @Test
    void whatIsLeftOfATreeWithoutItsFirstPartIsFoundAgain() {
        int many = PromiseStore.MEMBERS_MAX + 10;
        var batch = new ArrayList<Change>();
        for (int i = 0; i <= many; i++) {
            batch.add(created(settled(i == 0 ? pending("big") : child("big." + i, "big"), "v", 2_000)));
        }
        store.commit(batch);
        store.remove(sweep(5_000, 100));
        assertThat(ids(null, false)).hasSize(11);

        store.remove(sweep(5_000, 100));

        assertThat(ids(null, false)).isEmpty();
    }

    @Test
    void aTreeOfManyMembersStaysWhileTheLastOfThemIsPending() {
        var batch = new ArrayList<Change>();
        batch.add(created(settled(pending("big"), "v", 2_000)));
        for (int i = 0; i <= PromiseStore.MEMBERS_MAX; i++) {
            batch.add(created(settled(child("big.%05d".formatted(i), "big"), "v", 2_000)));
        }
        batch.add(created(child("big.z", "big")));
        store.commit(batch);
        assertThat(sweep(5_000, 100)).isEmpty();
    }

    private static List<String> members(List<PromiseStore.Tree> trees) {
        return trees.stream().flatMap(tree -> tree.members().stream()).toList();
    }

    @Test
    void schedulesComeBackAsTheyWereLast() {
        store.commit(List.of(
                created(pending("a")),
                new SchedulePut(schedule("s", null)),
                new SchedulePut(schedule("gone", null)),
                new SchedulePut(schedule("s", 0L))));
        store.commit(List.of(
                new ScheduleDeleted("gone"),
                new ScheduleDeleted("back"),
                new SchedulePut(schedule("back", null)),
                new SchedulePut(schedule("short", null)),
                new ScheduleDeleted("short")));
        assertThat(store.schedules()).containsExactly(schedule("back", null), schedule("s", 0L));
        reopen();
        assertThat(store.schedules()).containsExactly(schedule("back", null), schedule("s", 0L));
    }

    @Test
    void clearingLeavesNothing() {
        store.commit(List.of(
                created(pending("a")),
                created(settled(child("b", "a"), "v", 1_000)),
                new SchedulePut(schedule("\u00e9\ud83d\ude00", null))));
        store.clear();
        assertThat(ids(null, false)).isEmpty();
        assertThat(store.schedules()).isEmpty();
        assertThat(sweep(5_000, 100)).isEmpty();
        reopen();
        assertThat(recovered()).isEmpty();
        assertThat(store.find("b")).isNull();
        store.commit(List.of(created(pending("a"))));
        assertThat(store.find("a")).isEqualTo(pending("a"));
    }

    private static Entry listened(Entry entry, int listeners) {
        var addresses = new HashSet<String>();
        for (int i = 0; i <= listeners; i++) {
            addresses.add("poll://uni@a/" + i);
        }
        return new Entry(entry.origin(), entry.state(), entry.value(), null, null, Set.of(), addresses);
    }

    private List<PromiseStore.Tree> sweep(long beforeMillis, int recordsMax) {
        var trees = new ArrayList<PromiseStore.Tree>();
        String after = null;
        do {
            var sweep = store.sweep(after, beforeMillis, recordsMax);
            trees.addAll(sweep.trees());
            after = sweep.next();
        } while (after != null);
        return trees;
    }

    private List<Entry> recovered() {
        var entries = new ArrayList<Entry>();
        store.recover(entries::add);
        return entries;
    }

    private List<String> ids(@Nullable String after, boolean pendingOnly) {
        try (var scan = store.scan(after, pendingOnly)) {
            return rest(scan).stream().map(Entry::id).toList();
        }
    }

    private static List<Entry> rest(PromiseStore.Scan scan) {
        var entries = new ArrayList<Entry>();
        for (var entry = scan.next(); entry != null; entry = scan.next()) {
            entries.add(entry);
        }
        return entries;
    }
}
