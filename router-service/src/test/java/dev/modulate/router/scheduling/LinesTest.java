package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is next, beside plain sorted sets of all who wait. */
class LinesTest {
    private static final Needs NEEDS =
            new Needs(new FunctionKey("default/functions/f/versions/1"), "", Map.of(), 0, 0, null);

    private static final List<Priority> CLASSES = List.of(Priority.HIGH, Priority.NORMAL, Priority.LOW);

    private final Lines lines = new Lines(new Tenants(10));
    private final TreeSet<Waiting> byRank = new TreeSet<>(Waiting.BY_RANK);
    private final TreeSet<Waiting> byArrival =
            new TreeSet<>(Comparator.comparingLong((Waiting entry) -> entry.call.arrivedAt())
                    .thenComparingLong(entry -> entry.sequence));
    private final TreeSet<Waiting> byDeadline =
            new TreeSet<>(Comparator.comparingLong((Waiting entry) -> entry.call.deadlineAt())
                    .thenComparingLong(entry -> entry.sequence));

    private void add(Waiting entry) {
        byRank.add(entry);
        byArrival.add(entry);
        if (entry.call.deadlineAt() != Call.NO_DEADLINE) {
            byDeadline.add(entry);
        }
    }

    private void remove(Waiting entry) {
        lines.remove(entry);
        byRank.remove(entry);
        byArrival.remove(entry);
        byDeadline.remove(entry);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void knowsTheFirstByRankAndAgeAndDeadline(long seed) {
        var random = new Random(seed);
        Waiting back = null;
        for (int now = 0; now < 20_000; now++) {
            boolean few = now / 1_000 % 2 == 0;
            if (random.nextInt(few ? 3 : 2) == 0) {
                add(lines.arrived(call(now, random, few), now));
            } else if (back != null && random.nextInt(4) == 0) {
                lines.back(back);
                add(back);
                back = null;
            } else if (!byRank.isEmpty()) {
                var gone = random.nextBoolean() ? byRank.first() : anyOf(random);
                remove(gone);
                back = back == null ? gone : back;
            }
            var expired =
                    byDeadline.isEmpty() || byDeadline.first().call.deadlineAt() > now ? null : byDeadline.first();
            assertThat(lines.expired(now)).as("expired at " + now).isSameAs(expired);
            if (expired != null) {
                remove(expired);
            }
            if (now % 500 == 0) {
                lines.prune();
            }
            var line = lines.find(NEEDS);
            if (line != null) {
                assertThat(line.size()).isEqualTo(byRank.size());
                assertThat(line.oldest()).isSameAs(byArrival.isEmpty() ? null : byArrival.first());
                assertThat(line.head(now, Double.POSITIVE_INFINITY)).isSameAs(byRank.isEmpty() ? null : byRank.first());
                if (!byRank.isEmpty()) {
                    assertThat(line.position(byRank.last())).isEqualTo(byRank.size());
                }
            }
        }
    }

    /** One of those that wait. */
    private Waiting anyOf(Random random) {
        int at = random.nextInt(byArrival.size());
        for (var entry : byArrival) {
            if (at-- == 0) {
                return entry;
            }
        }
        throw new AssertionError("fewer than their number");
    }

    private static Call call(int now, Random random, boolean alike) {
        var priority = alike ? Priority.NORMAL : CLASSES.get(random.nextInt(CLASSES.size()));
        long deadlineAt = now + 2_000L;
        if (!alike) {
            deadlineAt = random.nextInt(5) == 0 ? Call.NO_DEADLINE : now + random.nextInt(3_000);
        }
        int age = random.nextInt(5) == 0 ? random.nextInt(200) : 0;
        return new Call("call-" + now, NEEDS, "acme", priority, now - age, deadlineAt);
    }
}
