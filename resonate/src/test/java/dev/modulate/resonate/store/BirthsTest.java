package dev.modulate.resonate.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BirthsTest {
    /** What is written. */
    private final NavigableMap<Long, List<String>> written = new TreeMap<>();

    private int writes;

    private final Births.Lists lists = new Births.Lists() {
        @Override
        public void put(long number, List<String> ids) {
            assertThat(written.put(number, List.copyOf(ids))).isNull();
            writes++;
        }

        @Override
        public void delete(long number) {
            assertThat(written.remove(number)).isNotNull();
            writes++;
        }
    };

    @Test
    void aCommitOfShortLivesIsOneListThatGoesWhenAllAreSettled() {
        var births = new Births();
        births.created("a");
        births.created("b");
        births.created("at-once");
        births.settled("at-once");
        births.commit(lists);
        assertThat(written).hasSize(1).containsValue(List.of("a", "b"));

        births.settled("a");
        births.commit(lists);
        assertThat(written).containsValue(List.of("a", "b"));
        births.settled("b");
        births.commit(lists);

        assertThat(written).isEmpty();
        assertThat(writes).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void allThatIsPendingIsNamedAndNotMuchElse(long seed) {
        var random = new Random(seed);
        var pending = new ArrayList<String>();
        var births = new Births();
        int created = 0;
        for (int round = 0; round < 3_000; round++) {
            for (int i = random.nextInt(60); i >= 0; i--) {
                births.created("p" + created);
                pending.add("p" + created++);
            }
            // One in fifty stays for long; what is young settles first.
            for (int i = random.nextInt(62); i >= 0 && !pending.isEmpty(); i--) {
                int back = Math.min(pending.size(), random.nextInt(50) == 0 ? pending.size() : 100);
                births.settled(pending.remove(pending.size() - 1 - random.nextInt(back)));
            }
            births.commit(lists);
            if (round % 500 == 499) {
                births = again(pending);
            }
            int named = written.values().stream().mapToInt(List::size).sum();
            assertThat(births.named()).isEqualTo(named);
            assertThat(named).isLessThanOrEqualTo(2 * pending.size() + Births.SETTLED_MAX);
        }
        assertThat(names()).containsAll(pending);
        pending.forEach(births::settled);
        births.commit(lists);
        assertThat(written).isEmpty();
        assertThat(created).isGreaterThan(20 * Births.SETTLED_MAX);
    }

    /** As after a start. */
    private Births again(List<String> pending) {
        var births = new Births();
        var known = new HashSet<>(pending);
        written.forEach((number, ids) -> births.recovered(number, ids, known::contains));
        births.commit(lists);
        return births;
    }

    private Set<String> names() {
        var names = new HashSet<String>();
        written.values().forEach(names::addAll);
        return names;
    }

    @Test
    void anIdThatWasRemovedAndCameBackCountsOnce() {
        var births = new Births();
        births.created("a");
        births.created("keeps");
        births.commit(lists);
        births.settled("a");
        births.commit(lists);
        births.created("a");
        births.commit(lists);
        assertThat(written).hasSize(2);

        var again = again(List.of("a", "keeps"));
        again.settled("keeps");
        again.commit(lists);
        assertThat(written.values()).containsExactly(List.of("a"));
        again.settled("a");
        again.commit(lists);
        assertThat(written).isEmpty();
    }
}
