package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Snapshot;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lane whose time comes with the requests; schedules too, since their ticks are minutes apart. */
class DebugModeTest {
    private static final String TARGET = "poll://any@workers";
    private static final long MINUTE = 60_000;

    @TempDir
    Path folder;

    private final ConcurrentLinkedQueue<Delivery> sent = new ConcurrentLinkedQueue<>();
    private RocksStore store;
    private PromiseLane lane;

    @BeforeEach
    void open() {
        store = RocksStore.open(folder);
        lane = new PromiseLane(
                new Machine(new Rules(200)), store, sent::add, InstantSource.system(), PromiseLane.Time.DEBUG);
        lane.start();
    }

    @AfterEach
    void close() {
        lane.close();
        store.close();
    }

    @Test
    void timersFireOnATickOnly() throws Exception {
        assertThat(promise(at(1_000, create("a", 1_500))).createdAtMillis()).isEqualTo(1_000);
        assertThat(snap().promises()).extracting(Promise::state).containsExactly(PromiseState.PENDING);

        tick(1_499);
        assertThat(snap().promises()).extracting(Promise::state).containsExactly(PromiseState.PENDING);

        tick(1_500);
        assertThat(snap().promises()).extracting(Promise::state).containsExactly(PromiseState.REJECTED_TIMEDOUT);
        assertThat(promise(at(9_999, new Request.PromiseGet("a"))).settledAtMillis())
                .isEqualTo(1_500);
    }

    @Test
    void aSnapshotShowsTasksTimersSubscriptionsAndMessages() throws Exception {
        at(1_000, create("child", 60_000));
        at(1_000, new Request.PromiseRegisterListener("child", "poll://uni@api/1"));
        at(1_001, new Request.TaskCreate("me", 500, targeted("parent", 60_000)));
        at(1_002, targeted("other", 60_000));
        at(1_002, new Request.PromiseRegisterCallback("child", "parent"));

        var snap = snap();

        assertThat(snap.promiseTimeouts())
                .containsExactly(
                        new Snapshot.Deadline("child", 60_000),
                        new Snapshot.Deadline("other", 60_000),
                        new Snapshot.Deadline("parent", 60_000));
        assertThat(snap.callbacks()).containsExactly(new Snapshot.Callback("parent", "child"));
        assertThat(snap.listeners()).containsExactly(new Snapshot.Listener("child", "poll://uni@api/1"));
        assertThat(snap.taskTimeouts())
                .containsExactly(
                        new Snapshot.TaskTimeout("other", Snapshot.TaskTimeout.RETRY, 1_202),
                        new Snapshot.TaskTimeout("parent", Snapshot.TaskTimeout.LEASE, 1_501));
        assertThat(snap.messages()).containsExactly(new Snapshot.Sent(TARGET, new Message.Execute("other", 0)));
    }

    @Test
    void aResetDeletesEverythingAndTheClockStartsAgain() throws Exception {
        at(5_000, create("a", 60_000));
        at(5_000, schedule("s", "* * * * *"));
        lane.submit(new Request.DebugReset()).get(60, TimeUnit.SECONDS);

        assertThat(lane.submit(new Request.PromiseGet("a"), 6_000L).get(60, TimeUnit.SECONDS))
                .isInstanceOf(Reply.Refused.class);
        assertThat(promise(at(10, create("a", 60_000))).createdAtMillis()).isEqualTo(6_000);
        assertThat(store.find("a")).isNotNull();

        lane.submit(new Request.DebugReset()).get(60, TimeUnit.SECONDS);
        assertThat(promise(at(10, create("a", 100))).createdAtMillis()).isEqualTo(10);
        assertThat(store.schedules()).isEmpty();
    }

    @Test
    void otherLanesRefuseDebugOperations() throws Exception {
        try (var plain = new PromiseLane(new Machine(Rules.DEFAULT), store, sent::add, InstantSource.system())) {
            plain.start();
            assertThat(plain.submit(new Request.DebugReset()).get(60, TimeUnit.SECONDS))
                    .isEqualTo(new Reply.Refused<>(403, "debug operations are disabled"));
        }
    }

    @Test
    void aScheduleCreatesItsPromisesAndMakesUpForMissedTicks() throws Exception {
        var schedule = schedule(at(1, schedule("s", "* * * * *")));
        assertThat(schedule.nextRunAtMillis()).isEqualTo(MINUTE);

        tick(3 * MINUTE + 5);

        var made = promise(at(3 * MINUTE + 5, new Request.PromiseGet("s-" + 3 * MINUTE)));
        assertThat(made.createdAtMillis()).isEqualTo(3 * MINUTE);
        assertThat(made.timeoutAtMillis()).isEqualTo(3 * MINUTE + 90_000);
        assertThat(made.tags())
                .containsEntry(Tags.SCHEDULE, "s")
                .containsEntry(Tags.ORIGIN, made.id())
                .containsEntry(Tags.TARGET, TARGET);
        assertThat(snap().promises())
                .extracting(Promise::id, Promise::state)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("s-120000", PromiseState.PENDING),
                        org.assertj.core.groups.Tuple.tuple("s-180000", PromiseState.PENDING),
                        org.assertj.core.groups.Tuple.tuple("s-60000", PromiseState.REJECTED_TIMEDOUT));
        var after = schedule(at(3 * MINUTE + 5, new Request.ScheduleGet("s")));
        assertThat(after.lastRunAtMillis()).isEqualTo(3 * MINUTE);
        assertThat(after.nextRunAtMillis()).isEqualTo(4 * MINUTE);
    }

    @Test
    void schedulesAreThereAfterARestartUntilTheyAreDeleted() throws Exception {
        at(1, schedule("s", "* * * * *"));
        at(1, schedule("gone", "* * * * *"));
        at(1, new Request.ScheduleDelete("gone"));
        close();
        open();

        assertThat(schedule(at(2, new Request.ScheduleGet("s"))).createdAtMillis())
                .isEqualTo(1);
        assertThat(at(2, new Request.ScheduleGet("gone"))).isInstanceOf(Reply.Refused.class);
        tick(MINUTE);
        assertThat(at(MINUTE, new Request.PromiseGet("s-60000"))).isInstanceOf(Reply.Ok.class);
    }

    @Test
    void schedulesAreFoundByTheirTagsPageByPage() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            at(1, schedule(id, "* * * * *"));
        }
        var first = page(new Request.ScheduleSearch(Map.of(Tags.TARGET, TARGET), 2, null));
        assertThat(first.schedules()).extracting(Schedule::id).containsExactly("a", "b");
        var second = page(new Request.ScheduleSearch(Map.of(Tags.TARGET, TARGET), 2, first.cursor()));
        assertThat(second.schedules()).extracting(Schedule::id).containsExactly("c");
        assertThat(second.cursor()).isNull();
        assertThat(page(new Request.ScheduleSearch(Map.of("x", "y"), null, null))
                        .schedules())
                .isEmpty();
    }

    private static Request.PromiseCreate create(String id, long timeoutAtMillis) {
        return new Request.PromiseCreate(id, timeoutAtMillis, Value.EMPTY, Map.of());
    }

    private static Request.PromiseCreate targeted(String id, long timeoutAtMillis) {
        return new Request.PromiseCreate(id, timeoutAtMillis, Value.EMPTY, Map.of(Tags.TARGET, TARGET));
    }

    private static Request.ScheduleCreate schedule(String id, String cron) {
        return new Request.ScheduleCreate(
                id, cron, "{{.id}}-{{.timestamp}}", 90_000, Value.EMPTY, Map.of(Tags.TARGET, TARGET));
    }

    private <A> Reply<A> at(@Nullable Long millis, Request<A> request) throws Exception {
        return lane.submit(request, millis).get(60, TimeUnit.SECONDS);
    }

    private <A> Reply<A> at(int millis, Request<A> request) throws Exception {
        return at((long) millis, request);
    }

    private void tick(long millis) throws Exception {
        assertThat(lane.submit(new Request.DebugTick(millis)).get(60, TimeUnit.SECONDS))
                .isInstanceOf(Reply.Ok.class);
    }

    private Snapshot snap() throws Exception {
        var reply = lane.submit(new Request.DebugSnap()).get(60, TimeUnit.SECONDS);
        return ((Reply.Ok<Answer.OfSnapshot>) reply).answer().snapshot();
    }

    private static Promise promise(Reply<Answer.OfPromise> reply) {
        return ((Reply.Ok<Answer.OfPromise>) reply).answer().promise();
    }

    private static Schedule schedule(Reply<Answer.OfSchedule> reply) {
        return ((Reply.Ok<Answer.OfSchedule>) reply).answer().schedule();
    }

    private Answer.Schedules page(Request.ScheduleSearch search) throws Exception {
        return ((Reply.Ok<Answer.Schedules>) at(1, search)).answer();
    }
}
