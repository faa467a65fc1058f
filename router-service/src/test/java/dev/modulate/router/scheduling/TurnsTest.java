package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which lines one decision looks at, beside a plain list of all who wait. */
class TurnsTest {
    private static final List<Priority> CLASSES = List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW);
    private static final int FUNCTIONS = 300;
    private static final int TENANTS = 5;

    private final Lines lines = new Lines(new Tenants(10));
    private final List<Waiting> waiting = new ArrayList<>();

    private record Queue(String tenant, int step) {
        static Queue of(Line line) {
            return new Queue(line.tenant.name, line.step());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theOldestLinesOfEachTenantAndClassAreAmongThem(long seed) {
        var random = new Random(seed);
        for (int now = 0; now < 4_000; now++) {
            boolean filling = now / 500 % 2 == 0;
            if (waiting.isEmpty() || random.nextInt(10) < (filling ? 9 : 1)) {
                waiting.add(lines.arrived(call(now, random), now));
            } else {
                lines.remove(waiting.remove(random.nextInt(waiting.size())));
            }
            if (now % 20 == 0) {
                check(now, random.nextBoolean() ? Double.NEGATIVE_INFINITY : 1e-7, "seed " + seed + " at " + now);
            }
        }
    }

    private void check(long now, double olderThanSeconds, String when) {
        Set<Line> all = new HashSet<>();
        waiting.forEach(entry -> all.add(entry.line));
        var expected = all.stream()
                .filter(line -> line.head(now, Double.POSITIVE_INFINITY) != null)
                .filter(line -> oldest(line).ageSeconds(now) > olderThanSeconds)
                .sorted(Comparator.comparing(TurnsTest::oldest, Waiting.BY_ARRIVAL))
                .toList();
        var seen = new ArrayList<Line>();
        var turn = lines.turn(olderThanSeconds, now);
        for (var line = turn.next(); line != null && seen.size() < SiteMatcher.SEEN_MAX; line = turn.next()) {
            seen.add(line);
        }
        assertThat(seen).as(when).hasSize(Math.min(expected.size(), SiteMatcher.SEEN_MAX));
        assertThat(new HashSet<>(seen)).as(when).hasSize(seen.size());
        for (var queue : expected.stream().map(Queue::of).distinct().toList()) {
            var own = expected.stream()
                    .filter(line -> Queue.of(line).equals(queue))
                    .toList();
            var ownSeen =
                    seen.stream().filter(line -> Queue.of(line).equals(queue)).toList();
            assertThat(ownSeen).as(when + " of " + queue).isNotEmpty().isEqualTo(own.subList(0, ownSeen.size()));
        }
    }

    private static Waiting oldest(Line line) {
        return java.util.Objects.requireNonNull(line.oldest());
    }

    private static Call call(int now, Random random) {
        int function = random.nextInt(FUNCTIONS);
        String tenant = "t" + function % TENANTS;
        var needs = new Needs(new FunctionKey(tenant + "/f" + function), "", Map.of(), 0, 0, null);
        return new Call(
                "call-" + now,
                needs,
                tenant,
                CLASSES.get(random.nextInt(CLASSES.size())),
                now - random.nextInt(50),
                Call.NO_DEADLINE);
    }
}
