package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What must hold after every step, by the names of the protocol's list of invariants. */
final class Invariants {
    private final Map<String, String> owners = new HashMap<>();

    void check(World before, @Nullable Request<?> request, Transition<?> transition) {
        var after = new TreeMap<>(before.entries);
        for (var change : transition.changes()) {
            if (change instanceof PromisePut put) {
                moved(before.entries.get(put.entry().id()), put.entry());
                after.put(put.entry().id(), put.entry());
            }
        }
        after.values().forEach(entry -> state(entry, after));
        settlements(before, after, transition);
        messages(before.now, after, transition.deliveries());
        if (request != null) {
            answer(before, request, transition.reply());
        }
    }

    /** P1, P4, T4, T5. */
    private void moved(@Nullable Entry before, Entry after) {
        var task = after.task();
        long version = task == null ? 0 : task.version();
        if (before == null) {
            assertThat(version).as("T4 version of a new task").isIn(0L, 1L);
            assertThat(version == 1).as("T4 a new task is owned").isEqualTo(task != null && owned(task));
        } else {
            assertThat(after.origin()).as("P4 what is fixed").isEqualTo(before.origin());
            if (!before.pending()) {
                assertThat(after.promise()).as("P1 a settled promise").isEqualTo(before.promise());
            }
            long old = before.task() == null ? 0 : before.task().version();
            boolean acquired = task != null && owned(task) && before.task() != null && !owned(before.task());
            assertThat(version).as("T4 version of " + after.id()).isEqualTo(acquired ? old + 1 : old);
        }
        if (task != null && owned(task)) {
            String owner = owners.putIfAbsent(after.id() + " " + version, String.valueOf(task.pid()));
            assertThat(owner == null ? task.pid() : owner)
                    .as("T5 owner of " + after.id() + " at " + version)
                    .isEqualTo(task.pid());
        }
    }

    private static boolean owned(TaskEntry task) {
        return task.state() == TaskState.ACQUIRED;
    }

    /** P2, P3, T1, T2, T3, T6, T7, S1, S3. */
    private static void state(Entry entry, Map<String, Entry> all) {
        String id = entry.id();
        assertThat(entry.settledAtMillis() == null).as("P2 " + id).isEqualTo(entry.pending());
        if (entry.settledAtMillis() != null) {
            assertThat(entry.settledAtMillis())
                    .as("P3 " + id)
                    .isLessThanOrEqualTo(entry.origin().timeoutAtMillis());
            assertThat(entry.awaiters()).as("S1 " + id).isEmpty();
            assertThat(entry.listeners()).as("S1 " + id).isEmpty();
        } else {
            assertThat(entry.timerAtMillis())
                    .as("S3 " + id)
                    .isLessThanOrEqualTo(entry.origin().timeoutAtMillis());
        }
        for (String awaiter : entry.awaiters()) {
            var waiting = all.get(awaiter);
            assertThat(waiting != null && waiting.pending() && waiting.task() != null)
                    .as("S3 " + awaiter + " awaits " + id)
                    .isTrue();
        }
        var task = entry.task();
        assertThat(task != null).as("T1 " + id).isEqualTo(entry.origin().tags().containsKey(Tags.TARGET));
        if (task != null) {
            task(entry, task, all);
        }
    }

    private static void task(Entry entry, TaskEntry task, Map<String, Entry> all) {
        String id = entry.id();
        assertThat(task.state() == TaskState.FULFILLED).as("T2 " + id).isNotEqualTo(entry.pending());
        assertThat(task.pid() != null).as("T3 pid of " + id).isEqualTo(owned(task));
        assertThat(task.ttlMillis() != null).as("T3 ttl of " + id).isEqualTo(owned(task));
        boolean timed = task.state() == TaskState.PENDING || owned(task);
        assertThat(task.timerAtMillis() != Long.MAX_VALUE).as("T7 " + id).isEqualTo(timed);
        var registered = all.values().stream()
                .filter(other -> other.awaiters().contains(id))
                .map(Entry::id)
                .toList();
        assertThat(task.awaited()).as("awaited by " + id).containsExactlyInAnyOrderElementsOf(registered);
        if (task.state() == TaskState.SUSPENDED) {
            assertThat(registered).as("T6 " + id).isNotEmpty();
        }
    }

    /** S2: whoever waited for what is settled now was told in the same step. */
    private static void settlements(World before, Map<String, Entry> after, Transition<?> transition) {
        for (var change : transition.changes()) {
            var old = change instanceof PromisePut put
                    ? before.entries.get(put.entry().id())
                    : null;
            if (old == null || !old.pending() || present(after, old.id()).pending()) {
                continue;
            }
            for (String address : old.listeners()) {
                assertThat(transition.deliveries())
                        .as("S2 listener of " + old.id())
                        .contains(new Delivery(
                                address,
                                new Message.Unblock(present(after, old.id()).promise())));
            }
            for (String awaiter : old.awaiters()) {
                var waiting = present(after, awaiter).task();
                assertThat(waiting != null && waiting.state() != TaskState.SUSPENDED)
                        .as("S2 " + awaiter + " awaited " + old.id())
                        .isTrue();
            }
        }
    }

    private static Entry present(Map<String, Entry> entries, String id) {
        var entry = entries.get(id);
        if (entry == null) {
            throw new AssertionError("no promise " + id);
        }
        return entry;
    }

    /** M1, M2, M3. */
    private static void messages(long now, Map<String, Entry> after, List<Delivery> deliveries) {
        Set<String> executes = new HashSet<>();
        for (var delivery : deliveries) {
            switch (delivery.message()) {
                case Message.Execute execute -> {
                    var entry = present(after, execute.taskId());
                    var task = Step.taskOf(entry);
                    assertThat(executes.add(execute.taskId()))
                            .as("M1 one of " + entry.id())
                            .isTrue();
                    assertThat(execute.version())
                            .as("M1 version of " + entry.id())
                            .isEqualTo(task.version());
                    assertThat(task.state()).as("M1 state of " + entry.id()).isEqualTo(TaskState.PENDING);
                    assertThat(entry.origin().timeoutAtMillis())
                            .as("M3 " + entry.id())
                            .isGreaterThan(now);
                }
                case Message.Unblock unblock ->
                    assertThat(unblock.promise().state().settled()).as("M2").isTrue();
            }
        }
    }

    /** P5, T5. */
    private static void answer(World before, Request<?> request, Reply<?> reply) {
        if (!(reply instanceof Reply.Ok<?> ok)) {
            return;
        }
        for (var promise : shown((Answer) ok.answer())) {
            assertThat(promise.state().settled() || promise.timeoutAtMillis() > before.now)
                    .as("P5 " + promise)
                    .isTrue();
        }
        switch (request) {
            case Request.TaskRelease r -> held(before, r.id(), r.version());
            case Request.TaskFulfill r -> held(before, r.id(), r.version());
            case Request.TaskFence r -> held(before, r.id(), r.version());
            case Request.TaskSuspend r -> held(before, r.id(), r.version());
            default -> {}
        }
    }

    private static void held(World before, String id, long version) {
        var entry = before.entries.get(id);
        assertThat(entry != null
                        && entry.pending()
                        && entry.origin().timeoutAtMillis() > before.now
                        && Step.taskOf(entry).heldAt(version))
                .as("T5 " + id + " at " + version)
                .isTrue();
    }

    private static List<Promise> shown(Answer answer) {
        return switch (answer) {
            case Answer.OfPromise of -> List.of(of.promise());
            case Answer.Grant grant -> with(grant.preload(), grant.promise());
            case Answer.Preload preload -> preload.promises();
            case Answer.Fenced fenced ->
                fenced.action() instanceof Reply.Ok<Answer.OfPromise> inner
                        ? with(fenced.preload(), inner.answer().promise())
                        : fenced.preload();
            default -> List.of();
        };
    }

    private static List<Promise> with(List<Promise> promises, Promise promise) {
        return java.util.stream.Stream.concat(promises.stream(), java.util.stream.Stream.of(promise))
                .toList();
    }
}
