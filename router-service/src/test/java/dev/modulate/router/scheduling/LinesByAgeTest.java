package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinesByAgeTest {
    private static final int LINES_MAX = 2_000;
    private static final int TIMES = 5_000;
    private static final Needs NEEDS =
            new Needs(new FunctionKey("default/functions/f/versions/1"), "", Map.of(), 0, 0, null);

    private final LineTable table = new LineTable();
    private final LinesByAge lines = new LinesByAge(table);
    private final Lines known = new Lines(new Tenants(10));
    private long sequence;

    private Waiting call(long arrivedAt) {
        var call = new Call("call-" + ++sequence, NEEDS, "default", Priority.NORMAL, arrivedAt, Call.NO_DEADLINE);
        return new Waiting(call, known.of(call), sequence, arrivedAt);
    }

    private Line line() {
        var line = aLine();
        line.row = table.add(line);
        return line;
    }

    /** One that stands in no table. */
    static Line aLine() {
        return new Line(NEEDS, NEEDS.shape(), 1, new Model(NEEDS.function()), new Tenants(10).of("default"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void isInTheOrderOfTheOldestCallsWhateverComesAndGoes(long seed) {
        var random = new Random(seed);
        var expected = new TreeMap<Waiting, Line>(Waiting.BY_ARRIVAL);
        var keys = new ArrayList<Waiting>();
        for (int step = 0; step < 20_000; step++) {
            boolean grows = step / 4_000 % 2 == 0;
            if (keys.isEmpty() || (keys.size() < LINES_MAX && random.nextInt(10) < (grows ? 7 : 3))) {
                var key = call(random.nextInt(TIMES));
                var line = line();
                lines.add(key, line);
                expected.put(key, line);
                keys.add(key);
            } else {
                int at = random.nextInt(keys.size());
                var key = keys.set(at, keys.getLast());
                keys.removeLast();
                lines.remove(key);
                table.remove(Objects.requireNonNull(expected.remove(key)).row);
            }
            if (step % 100 == 0) {
                check(expected, call(random.nextInt(TIMES)));
            }
        }
        check(expected, keys.getFirst());
        keys.forEach(lines::remove);
        check(new TreeMap<>(Waiting.BY_ARRIVAL), call(0));
    }

    private void check(NavigableMap<Waiting, Line> expected, Waiting from) {
        assertThat(lines.size()).isEqualTo(expected.size());
        assertThat(lines.isEmpty()).isEqualTo(expected.isEmpty());
        assertThat(lines.first())
                .isSameAs(expected.isEmpty() ? null : expected.firstEntry().getValue());
        assertThat(lines).containsExactlyElementsOf(expected.values());
        assertThat(listed(lines.after(from)))
                .containsExactlyElementsOf(expected.tailMap(from, false).values());
        assertThat(listed(lines.olderThan(from.ageSeconds(TIMES), TIMES)))
                .containsExactlyElementsOf(expected.entrySet().stream()
                        .filter(entry -> entry.getKey().arrivedAt < from.arrivedAt)
                        .map(Map.Entry::getValue)
                        .toList());
    }

    private static List<Line> listed(Iterator<Line> walk) {
        var all = new ArrayList<Line>();
        walk.forEachRemaining(all::add);
        return all;
    }

    @Test
    void whatIsNotThereCannotBeRemoved() {
        lines.add(call(1), line());
        assertThatThrownBy(() -> lines.remove(call(2))).isInstanceOf(IllegalStateException.class);
    }
}
