package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How many may hang on one promise. */
class CrowdTest {
    private static final Map<String, String> TARGET = Map.of(Tags.TARGET, "poll://any@workers");
    private static final int MAX = 5_000;

    private final Machine machine = new Machine(Rules.DEFAULT);
    private final Map<String, Entry> entries = new HashMap<>();
    private long now = 1_000_000;

    @Test
    void aPromiseHasSoManyListenersAndOneThatIsKnownIsNoneMore() {
        create("a", Map.of());
        entries.put("a", entry("a").withListeners(names("poll://uni@g/", MAX - 1)));

        assertThat(status(new Request.PromiseRegisterListener("a", "poll://uni@g/last")))
                .isEqualTo(200);
        assertThat(status(new Request.PromiseRegisterListener("a", "poll://uni@g/more")))
                .isEqualTo(422);
        assertThat(status(new Request.PromiseRegisterListener("a", "poll://uni@g/last")))
                .isEqualTo(200);
        assertThat(entry("a").listeners()).hasSize(MAX);
    }

    @Test
    void anAddressHasSoManyCharacters() {
        create("a", Map.of());
        String address = "http://h/" + "x".repeat(4_096 - 9);

        assertThat(status(new Request.PromiseRegisterListener("a", address))).isEqualTo(200);
        assertThat(reply(new Request.PromiseRegisterListener("a", address + "x")))
                .isEqualTo(new Reply.Refused<>(400, "address must have at most 4096 characters"));
    }

    @Test
    void aPromiseHasSoManyAwaitersAndATaskAwaitsSoManyPromises() {
        create("a", Map.of());
        create("b", Map.of());
        create("t", TARGET);
        entries.put("a", entry("a").withAwaiters(names("other-", MAX)));

        assertThat(status(new Request.PromiseRegisterCallback("a", "t"))).isEqualTo(422);
        assertThat(status(new Request.PromiseRegisterCallback("b", "t"))).isEqualTo(200);

        var task = Step.taskOf(entry("t")).awaiting(names("awaited-", MAX));
        entries.put("t", entry("t").with(task));
        assertThat(status(new Request.PromiseRegisterCallback("b", "t"))).isEqualTo(422);
        assertThat(entry("b").awaiters()).containsExactly("t");
    }

    @Test
    void aTaskThatCannotWaitStaysWithItsOwner() {
        create("a", Map.of());
        create("t", TARGET);
        assertThat(status(new Request.TaskAcquire("t", 0, "me", 10_000))).isEqualTo(200);
        entries.put("a", entry("a").withAwaiters(names("other-", MAX)));
        var suspend = new Request.TaskSuspend("t", 1, List.of(new Request.PromiseRegisterCallback("a", "t")));

        assertThat(status(suspend)).isEqualTo(422);
        assertThat(Step.taskOf(entry("t")).heldAt(1)).isTrue();

        assertThat(status(new Request.PromiseSettle("a", PromiseState.RESOLVED, Value.EMPTY)))
                .isEqualTo(200);
        assertThat(status(suspend)).isEqualTo(300);
    }

    @Test
    void messagesAfterARestartComeAtDifferentTimesWithinTheTimeOfARetry() {
        var times = new HashSet<Long>();
        for (int i = 0; i < 1_000; i++) {
            create("t" + i, TARGET);
            long at = entry("t" + i).restarted(now, Rules.DEFAULT).timerAtMillis();
            assertThat(at).isBetween(now + 1, now + Rules.DEFAULT.retryMillis());
            times.add(at);
        }
        assertThat(times).hasSizeGreaterThan(300);
    }

    @Test
    void strictlyAScheduleMakesNoTimersSinceItsPromisesHaveATarget() {
        var timer = new HashMap<>(TARGET);
        timer.put(Tags.TIMER, "true");
        var create = new Request.ScheduleCreate("s", "* * * * *", "p", 1, Value.EMPTY, timer);

        assertThat(machine.check(create)).isNull();
        assertThat(new Machine(Rules.DEFAULT.with(Dialect.STRICT)).check(create))
                .isEqualTo("resonate:timer and resonate:target exclude each other");
    }

    private static Set<String> names(String prefix, int count) {
        var names = new HashSet<String>();
        IntStream.range(0, count).forEach(i -> names.add(prefix + i));
        return names;
    }

    private void create(String id, Map<String, String> tags) {
        assertThat(status(new PromiseCreate(id, now + 60_000, Value.EMPTY, tags)))
                .isEqualTo(200);
    }

    private Entry entry(String id) {
        return java.util.Objects.requireNonNull(entries.get(id));
    }

    private int status(Request<?> request) {
        return switch (reply(request)) {
            case Reply.Ok<?> ok -> ok.status();
            case Reply.Refused<?> refused -> refused.status();
        };
    }

    private Reply<?> reply(Request<?> request) {
        var transition = machine.apply(now, entries::get, request);
        for (var change : transition.changes()) {
            if (change instanceof Transition.PromisePut put) {
                entries.put(put.entry().id(), put.entry());
            }
        }
        return transition.reply();
    }
}
