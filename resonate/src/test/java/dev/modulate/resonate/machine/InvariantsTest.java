package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Reply;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random operations on a debug clock, in both dialects, and the protocol's invariants after every one of them. */
class InvariantsTest {
    private static final int STEPS = 8_000;
    private static final int WORLD_STEPS = 500;
    private static final long RETRY_MILLIS = 20_000;

    @ParameterizedTest(name = "{0}, seed {1}")
    @CsvSource({"LENIENT, 1", "LENIENT, 2", "LENIENT, 3", "STRICT, 4", "STRICT, 5", "STRICT, 6"})
    void holdAfterEveryStep(Dialect dialect, long seed) {
        var random = new Random(seed);
        var rules = new Rules(RETRY_MILLIS).with(dialect);
        var answers = new TreeMap<String, Integer>();
        for (int from = 0; from < STEPS; from += WORLD_STEPS) {
            run(random, rules, from, answers);
        }
        System.out.println("invariants: " + dialect + " seed " + seed + ": " + answers);
        for (String kind : new String[] {
            "task.create 200", "task.acquire 200", "task.fulfill 200", "task.suspend 200", "task.suspend 300",
            "task.fence 200", "task.release 200", "task.halt 200", "task.continue 200", "timer 200",
            "promise.register_listener 200", "promise.register_callback 200", "schedule.create 200"
        }) {
            assertThat(answers.getOrDefault(kind, 0))
                    .as(kind + ", seed " + seed)
                    .isGreaterThan(STEPS / 4_000);
        }
    }

    private static void run(Random random, Rules rules, int from, Map<String, Integer> answers) {
        var invariants = new Invariants();
        var holder = new World[1];
        var world = new World(rules, (request, transition) -> {
            invariants.check(holder[0], request, transition);
            int status = switch (transition.reply()) {
                case Reply.Ok<?> ok -> ok.status();
                case Reply.Refused<?> refused -> refused.status();
            };
            answers.merge((request == null ? "timer" : request.kind()) + " " + status, 1, Integer::sum);
        });
        holder[0] = world;
        var requests = new RandomRequests(random, 3, 0.02, world.entries);
        for (int step = from; step < from + WORLD_STEPS; step++) {
            if (random.nextInt(3) == 0) {
                world.now += random.nextInt(8_000);
            }
            if (random.nextInt(4) == 0) {
                world.tick();
            }
            world.apply(requests.next(world.now));
        }
    }
}
