package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseGet;
import dev.modulate.resonate.protocol.Request.PromiseRegisterCallback;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MachineTest {
    private static final String TARGET = "poll://any@workers";
    private static final long TTL = 10_000;

    private final Machine machine = new Machine(Rules.DEFAULT);
    private final Map<String, Entry> entries = new HashMap<>();
    private final List<Delivery> sent = new ArrayList<>();
    private long now = 1_000_000;

    @Test
    void aPromiseIsCreatedOnceWhateverTheSecondRequestSays() {
        promise(create("a", 60_000, Map.of()));
        now += 5;

        var second = promise(new PromiseCreate("a", now + 1, new Value(Map.of(), "other"), Map.of("x", "y")));

        assertThat(second.createdAtMillis()).isEqualTo(1_000_000);
        assertThat(second.param().data()).isEqualTo("param");
        assertThat(second.tags()).isEmpty();
    }

    @Test
    void aSettledPromiseNeverChanges() {
        promise(create("a", 60_000, Map.of()));
        promise(new PromiseSettle("a", PromiseState.RESOLVED, new Value(Map.of(), "1")));
        now += 7;

        var second = promise(new PromiseSettle("a", PromiseState.REJECTED, new Value(Map.of(), "2")));

        assertThat(second.state()).isEqualTo(PromiseState.RESOLVED);
        assertThat(second.value().data()).isEqualTo("1");
        assertThat(second.settledAtMillis()).isEqualTo(1_000_000);
    }

    @Test
    void theDeadlineWinsOverALateSettle() {
        promise(create("a", 100, Map.of()));
        now += 100;

        var late = promise(new PromiseSettle("a", PromiseState.RESOLVED, Value.EMPTY));

        assertThat(late.state()).isEqualTo(PromiseState.REJECTED_TIMEDOUT);
        assertThat(late.settledAtMillis()).isEqualTo(1_000_100);
    }

    @Test
    void aTimerResolvesAtItsDeadlineAndIsBornSettledWhenThatIsNow() {
        var born = promise(create("t", 0, Map.of(Tags.TIMER, "true")));

        assertThat(born.state()).isEqualTo(PromiseState.RESOLVED);
        assertThat(born.createdAtMillis()).isEqualTo(now);
    }

    @Test
    void aTargetGetsAMessageAndTheNumberInItAcquiresTheTask() {
        promise(create("a", 60_000, Map.of(Tags.TARGET, TARGET)));

        assertThat(sent).containsExactly(new Delivery(TARGET, new Message.Execute("a", 0)));
        var grant = ok(new Request.TaskAcquire("a", 0, "me", TTL));
        assertThat(grant.task().version()).isEqualTo(1);
        assertThat(grant.task().pid()).isEqualTo("me");
        assertThat(refused(new Request.TaskAcquire("a", 0, "you", TTL))).isEqualTo(409);
        assertThat(refused(new Request.TaskAcquire("a", 1, "you", TTL))).isEqualTo(409);
    }

    @Test
    void aNewTaskIsOwnedAtOnceAndSendsNothing() {
        var grant = owned("a");

        assertThat(grant.task().state()).isEqualTo(TaskState.ACQUIRED);
        assertThat(grant.task().version()).isEqualTo(1);
        assertThat(sent).isEmpty();
        assertThat(refused(taskCreate("a"))).isEqualTo(409);
    }

    @Test
    void theNextOwnerHoldsAHigherVersionAndTheLastOneIsFenced() {
        owned("a");
        now += TTL;
        fire("a");
        assertThat(sent).containsExactly(new Delivery(TARGET, new Message.Execute("a", 1)));

        assertThat(ok(new Request.TaskAcquire("a", 1, "other", TTL)).task().version())
                .isEqualTo(2);

        assertThat(refused(fulfill("a", 1))).isEqualTo(409);
        assertThat(ok(fulfill("a", 2)).promise().state()).isEqualTo(PromiseState.RESOLVED);
        assertThat(refused(fulfill("a", 2))).isEqualTo(409);
    }

    @Test
    void aHeartbeatOfTheOwnerMovesTheLeaseAndOnlyThat() {
        owned("a");
        now += TTL - 1;
        ok(new Request.TaskHeartbeat("stranger", List.of(new Request.TaskVersion("a", 1))));
        assertThat(entry("a").timerAtMillis()).isEqualTo(now + 1);

        var transition = apply(new Request.TaskHeartbeat("me", List.of(new Request.TaskVersion("a", 1))));

        assertThat(transition.changes())
                .singleElement()
                .satisfies(change -> assertThat(change.durable()).isFalse());
        assertThat(entry("a").timerAtMillis()).isEqualTo(now + TTL);
    }

    @Test
    void aMessageIsSentAgainUntilTheTaskIsAcquired() {
        promise(create("a", 60_000, Map.of(Tags.TARGET, TARGET)));
        now += 1_000;
        fire("a");
        now += 1_000;
        fire("a");

        assertThat(sent).hasSize(3).allMatch(new Delivery(TARGET, new Message.Execute("a", 0))::equals);
    }

    @Test
    void aDelayedTaskIsNotSentBeforeItsTime() {
        promise(create("a", 60_000, Map.of(Tags.TARGET, TARGET, Tags.DELAY, Long.toString(now + 500))));
        assertThat(sent).isEmpty();
        now += 500;
        fire("a");
        assertThat(sent).hasSize(1);
    }

    @Test
    void settlingWakesWhoIsSuspendedAndTellsWhoListens() {
        owned("parent");
        promise(create("child", 60_000, Map.of()));
        promise(new Request.PromiseRegisterListener("child", "poll://uni@api/1"));
        ok(new Request.TaskSuspend("parent", 1, List.of(new PromiseRegisterCallback("child", "parent"))));
        assertThat(entry("parent").task())
                .isNotNull()
                .satisfies(task -> assertThat(task.state()).isEqualTo(TaskState.SUSPENDED));

        var settled = promise(new PromiseSettle("child", PromiseState.RESOLVED, new Value(Map.of(), "1")));

        assertThat(sent)
                .containsExactlyInAnyOrder(
                        new Delivery(TARGET, new Message.Execute("parent", 1)),
                        new Delivery("poll://uni@api/1", new Message.Unblock(settled)));
        assertThat(entry("child").listeners()).isEmpty();
        assertThat(entry("child").awaiters()).isEmpty();
    }

    @Test
    void suspendingOnSomethingSettledGoesOn() {
        owned("parent");
        promise(create("child", 0, Map.of()));

        var reply = apply(new Request.TaskSuspend("parent", 1, List.of(new PromiseRegisterCallback("child", "parent"))))
                .reply();

        assertThat(reply).isEqualTo(new Reply.Ok<>(300, new Answer.Preload(List.of())));
        assertThat(ok(fulfill("parent", 1)).promise().state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void aFenceWritesOnlyForTheOwner() {
        owned("a");
        var child = new PromiseCreate("a.1", now, new Value(Map.of(), "why"), Map.of(Tags.TIMER, "true"));

        assertThat(refused(new Request.TaskFence("a", 7, child))).isEqualTo(409);
        assertThat(entries).doesNotContainKey("a.1");

        ok(new Request.TaskFence("a", 1, child));
        assertThat(promise(new PromiseGet("a.1")).state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void aHaltedTaskIsNobodysUntilItContinues() {
        owned("a");
        ok(new Request.TaskHalt("a"));
        assertThat(refused(fulfill("a", 1))).isEqualTo(409);

        ok(new Request.TaskContinue("a"));

        assertThat(ok(new Request.TaskAcquire("a", 1, "me", TTL)).task().version())
                .isEqualTo(2);
    }

    @Test
    void whatIsMalformedIsRefusedWithTheFieldsName() {
        assertThat(words(create("", 1, Map.of()))).isEqualTo("id must not be empty");
        assertThat(words(create("a\0b", 1, Map.of()))).isEqualTo("id must not contain NUL");
        assertThat(words(create("a", -now - 1, Map.of()))).isEqualTo("timeoutAt must be >= 0");
        assertThat(words(create("a", 1, Map.of(Tags.TARGET, "nowhere")))).isEqualTo("Invalid resonate:target address");
        assertThat(words(new Request.PromiseRegisterListener("a", "ftp://x"))).isEqualTo("Invalid listener address");
        assertThat(words(new PromiseSettle("a", PromiseState.PENDING, Value.EMPTY)))
                .isEqualTo("state must be resolved, rejected or rejected_canceled");
        assertThat(words(new Request.TaskAcquire("a", 0, "me", 0))).isEqualTo("ttl must be >= 1");
    }

    @Test
    void afterARestartALeaseStartsAgainInFull() {
        owned("a");
        now += TTL - 1;

        assertThat(entry("a").restarted(now, Rules.DEFAULT).timerAtMillis()).isEqualTo(now + TTL);
    }

    private PromiseCreate create(String id, long lifeMillis, Map<String, String> tags) {
        return new PromiseCreate(id, now + lifeMillis, new Value(Map.of(), "param"), tags);
    }

    private Request.TaskCreate taskCreate(String id) {
        return new Request.TaskCreate("me", TTL, create(id, 60_000, Map.of(Tags.TARGET, TARGET)));
    }

    private Answer.Grant owned(String id) {
        return ok(taskCreate(id));
    }

    private static Request.TaskFulfill fulfill(String id, long version) {
        return new Request.TaskFulfill(id, version, new PromiseSettle(id, PromiseState.RESOLVED, Value.EMPTY));
    }

    private dev.modulate.resonate.protocol.Promise promise(Request<Answer.OfPromise> request) {
        return ok(request).promise();
    }

    private <A> A ok(Request<A> request) {
        var reply = apply(request).reply();
        assertThat(reply).isInstanceOf(Reply.Ok.class);
        return ((Reply.Ok<A>) reply).answer();
    }

    private int refused(Request<?> request) {
        return ((Reply.Refused<?>) apply(request).reply()).status();
    }

    private String words(Request<?> request) {
        var refused = (Reply.Refused<?>) apply(request).reply();
        assertThat(refused.status()).isEqualTo(400);
        return refused.message();
    }

    private Entry entry(String id) {
        return java.util.Objects.requireNonNull(entries.get(id));
    }

    private void fire(String id) {
        keep(machine.fire(now, entries::get, id));
    }

    private <A> Transition<A> apply(Request<A> request) {
        return keep(machine.apply(now, entries::get, request));
    }

    private <A> Transition<A> keep(Transition<A> transition) {
        for (var change : transition.changes()) {
            if (change instanceof Transition.PromisePut put) {
                entries.put(put.entry().id(), put.entry());
            }
        }
        sent.addAll(transition.deliveries());
        return transition;
    }
}
