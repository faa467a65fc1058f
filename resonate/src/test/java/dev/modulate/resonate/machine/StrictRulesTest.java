package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseRegisterCallback;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where the dialects differ, a line each: what the lenient one answers, and what the strict one does. */
class StrictRulesTest {
    private static final String TARGET = "poll://any@w";
    private static final long LEASE_MILLIS = 60_000;

    /** Acquired tasks of two trees, and children of the first: one that others may wait for, and one of its own. */
    private static final List<Request<?>> BEFORE = List.of(
            task("a"),
            task("b"),
            create("a:open", Map.of(Tags.ORIGIN, "a", Tags.EXTERNAL, "true")),
            create("a:own", Map.of(Tags.ORIGIN, "a")),
            create("b:open", Map.of(Tags.ORIGIN, "b", Tags.EXTERNAL, "true")));

    /** @param rule what the request does */
    record Line(String rule, Request<?> request, int lenient, int strict) {
        @Override
        public String toString() {
            return rule;
        }
    }

    static Stream<Line> lines() {
        return Stream.of(ids(), origins(), internal(), requests()).flatMap(List::stream);
    }

    private static List<Line> ids() {
        return List.of(
                new Line("a child's id goes on after a colon", child("c:1", "c"), 200, 200),
                new Line("a child's id goes on after a dot", child("c.1", "c"), 200, 400),
                new Line("a child's id has nothing of its origin's", child("d:1", "c"), 200, 400),
                new Line("an origin is no child", child("c:1.2", "c:1"), 200, 400),
                new Line("a parent is where the id starts", tagged("c:1.2", Tags.PARENT, "c:1"), 200, 200),
                new Line("a parent is another step", tagged("c:1.2", Tags.PARENT, "c:2"), 200, 400),
                new Line("a branch is where the id starts", tagged("c:1.2", Tags.BRANCH, "c:1"), 200, 200),
                new Line("a branch is another step", tagged("c:1.2", Tags.BRANCH, "c:2"), 200, 400),
                new Line("a prefix with a colon", tagged("c", Tags.PREFIX, "c:1"), 200, 400),
                new Line(
                        "a task is created like a promise",
                        new Request.TaskCreate("me", LEASE_MILLIS, child("c.1", "c")),
                        200,
                        400),
                new Line("a schedule without a colon", schedule("s", "run-{{.timestamp}}"), 200, 200),
                new Line("a schedule with a colon", schedule("s:1", "run-{{.timestamp}}"), 200, 400),
                new Line("a schedule of promises with a colon", schedule("s", "run:{{.timestamp}}"), 200, 400));
    }

    private static List<Line> origins() {
        return List.of(
                new Line("a callback within a tree", new PromiseRegisterCallback("a:open", "a"), 200, 200),
                new Line("a callback across trees", new PromiseRegisterCallback("b:open", "a"), 200, 400),
                new Line("a suspend within a tree", suspend("a:open"), 200, 200),
                new Line("a suspend across trees", suspend("b:open"), 200, 400),
                new Line("a heartbeat of one tree", heartbeat("a"), 200, 200),
                new Line("a heartbeat of two trees", heartbeat("a", "b"), 200, 400),
                new Line("a heartbeat of nothing", heartbeat(), 200, 400),
                new Line("a fence within a tree", fence(child("a:2", "a")), 200, 200),
                new Line("a fence that makes a child of another tree", fence(child("b:2", "b")), 200, 400),
                new Line("a fence that makes a new root", fence(create("c", Map.of(Tags.TARGET, TARGET))), 200, 200));
    }

    private static List<Line> internal() {
        return List.of(
                new Line(
                        "a listener of a promise of its own",
                        new Request.PromiseRegisterListener("a:own", TARGET),
                        200,
                        422),
                new Line(
                        "a listener of an open promise",
                        new Request.PromiseRegisterListener("a:open", TARGET),
                        200,
                        200),
                new Line("a callback on a promise of its own", new PromiseRegisterCallback("a:own", "a"), 200, 422),
                new Line("a suspend on a promise of its own", suspend("a:own"), 200, 422));
    }

    private static List<Line> requests() {
        return List.of(
                new Line("a suspend on one promise twice", suspend("a:open", "a:open"), 200, 400),
                new Line("a timer", create("c", Map.of(Tags.TIMER, "true")), 200, 200),
                new Line(
                        "a timer with a target",
                        create("c", Map.of(Tags.TIMER, "true", Tags.TARGET, TARGET)),
                        200,
                        400));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void isAnswered(Line line) {
        assertThat(status(Dialect.LENIENT, line.request())).as("lenient").isEqualTo(line.lenient());
        assertThat(status(Dialect.STRICT, line.request())).as("strict").isEqualTo(line.strict());
    }

    private static int status(Dialect dialect, Request<?> request) {
        var statuses = new ArrayList<Integer>();
        var world = new World(
                Rules.DEFAULT.with(dialect),
                (asked, transition) -> statuses.add(
                        switch (transition.reply()) {
                            case Reply.Ok<?> ok -> ok.status();
                            case Reply.Refused<?> refused -> refused.status();
                        }));
        BEFORE.forEach(world::apply);
        assertThat(statuses).as("what was before").hasSize(BEFORE.size()).containsOnly(200);
        world.apply(request);
        return statuses.getLast();
    }

    private static Request.TaskCreate task(String id) {
        return new Request.TaskCreate("me", LEASE_MILLIS, create(id, Map.of(Tags.TARGET, TARGET)));
    }

    private static PromiseCreate child(String id, String origin) {
        return create(id, Map.of(Tags.ORIGIN, origin, Tags.TARGET, TARGET));
    }

    private static PromiseCreate tagged(String id, String tag, String value) {
        return create(id, Map.of(tag, value));
    }

    private static PromiseCreate create(String id, Map<String, String> tags) {
        return new PromiseCreate(id, Long.MAX_VALUE / 2, Value.EMPTY, tags);
    }

    private static Request.TaskSuspend suspend(String... awaited) {
        return new Request.TaskSuspend(
                "a",
                1,
                Stream.of(awaited)
                        .map(id -> new PromiseRegisterCallback(id, "a"))
                        .toList());
    }

    private static Request.TaskHeartbeat heartbeat(String... ids) {
        return new Request.TaskHeartbeat(
                "me", Stream.of(ids).map(id -> new Request.TaskVersion(id, 1)).toList());
    }

    private static Request.TaskFence fence(PromiseCreate create) {
        return new Request.TaskFence("a", 1, create);
    }

    private static Request.ScheduleCreate schedule(String id, String promiseId) {
        return new Request.ScheduleCreate(
                id, "* * * * *", promiseId, LEASE_MILLIS, Value.EMPTY, Map.of(Tags.TARGET, TARGET));
    }
}
