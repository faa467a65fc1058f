package dev.modulate.resonate.history;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Transition;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one call does when no other runs: the pure machine over a map, and searches over the same map. */
final class Model {
    private static final Reply<?> DONE = ok(new Answer.Done());
    private static final Reply<?> TICKED = ok(new Answer.Ticked());
    private static final int LIMIT_DEFAULT = 100;

    private final Machine machine;

    Model(Machine machine) {
        this.machine = machine;
    }

    /** What a call answers, and the promises after it. */
    record Result(Reply<?> reply, ModelState state) {}

    Result apply(ModelState state, Call call) {
        return switch (call.request()) {
            case Request.DebugReset reset -> new Result(DONE, ModelState.EMPTY);
            case Request.DebugTick tick -> new Result(TICKED, tick(state.at(tick.timeMillis())));
            case Request.DebugSnap snap ->
                new Result(ok(new Answer.OfSnapshot(Snapshots.of(state.entries().values()))), state);
            case Request.PromiseSearch search -> search(state.at(call.atMillis()), search);
            case Request.TaskSearch search -> search(state.at(call.atMillis()), search);
            default -> step(state.at(call.atMillis()), call.request());
        };
    }

    private Result step(ModelState state, Request<?> request) {
        var transition = machine.apply(state.nowMillis(), state, request);
        return new Result(transition.reply(), after(state, transition));
    }

    /** What timers do whose time has come, whichever is first; then schedules. */
    private ModelState tick(ModelState state) {
        var next = state;
        for (String id : state.entries().keySet()) {
            next = after(next, machine.fire(next.nowMillis(), next, id));
        }
        for (var schedule : state.schedules().values()) {
            if (schedule.nextRunAtMillis() <= next.nowMillis()) {
                next = after(next, machine.run(next.nowMillis(), next, schedule.id()));
            }
        }
        return next;
    }

    private static ModelState after(ModelState state, Transition<?> transition) {
        if (transition.changes().isEmpty()) {
            return state;
        }
        var entries = new TreeMap<>(state.entries());
        var schedules = new TreeMap<>(state.schedules());
        for (var change : transition.changes()) {
            switch (change) {
                case Transition.PromisePut put -> entries.put(put.entry().id(), put.entry());
                case Transition.SchedulePut put -> schedules.put(put.schedule().id(), put.schedule());
                case Transition.ScheduleDeleted deleted -> schedules.remove(deleted.id());
            }
        }
        return new ModelState(state.nowMillis(), entries, schedules);
    }

    /**
     * True when the reply is one that the model's reply allows: a page may be short, and then says so; what is sent along
     * unasked is not looked at.
     */
    static boolean allows(Reply<?> expected, Reply<?> actual) {
        return switch (expected) {
            case Reply.Refused<?> refused -> refused.equals(actual);
            case Reply.Ok<?>(int status, Answer answer) ->
                actual instanceof Reply.Ok<?> ok && ok.status() == status && allows(answer, (Answer) ok.answer());
            case Reply.Ok<?> ok -> throw new IllegalStateException("no answer: " + ok);
        };
    }

    private static boolean allows(Answer expected, Answer actual) {
        return switch (expected) {
            case Answer.Promises all ->
                actual instanceof Answer.Promises page
                        && (page.cursor() == null
                                ? all.promises().equals(page.promises())
                                : prefix(all.promises(), page.promises()));
            case Answer.Tasks all ->
                actual instanceof Answer.Tasks page
                        && (page.cursor() == null
                                ? all.tasks().equals(page.tasks())
                                : prefix(all.tasks(), page.tasks()));
            case Answer.Grant grant ->
                actual instanceof Answer.Grant granted
                        && grant.task().equals(granted.task())
                        && grant.promise().equals(granted.promise());
            case Answer.Preload preload -> actual instanceof Answer.Preload;
            case Answer.OfSnapshot of ->
                actual instanceof Answer.OfSnapshot shown
                        && of.snapshot().equals(Snapshots.withoutMessages(shown.snapshot()));
            default -> expected.equals(actual);
        };
    }

    private static boolean prefix(List<?> all, List<?> page) {
        return page.size() <= all.size() && all.subList(0, page.size()).equals(page);
    }

    private Result search(ModelState state, Request.PromiseSearch search) {
        var mistake = machine.check(search);
        if (mistake != null) {
            return new Result(new Reply.Refused<>(400, mistake), state);
        }
        var found = new ArrayList<Promise>();
        for (var entry : after(state, search.cursor()).values()) {
            var shown = machine.project(state.nowMillis(), entry);
            if (matches(shown, search.state(), search.tags())) {
                found.add(shown.promise());
            }
        }
        return new Result(ok(new Answer.Promises(limited(found, search.limit()), null)), state);
    }

    private static boolean matches(Entry entry, @Nullable PromiseState state, Map<String, String> tags) {
        return (state == null || state == entry.state())
                && entry.origin().tags().entrySet().containsAll(tags.entrySet());
    }

    private Result search(ModelState state, Request.TaskSearch search) {
        var mistake = machine.check(search);
        if (mistake != null) {
            return new Result(new Reply.Refused<>(400, mistake), state);
        }
        var found = new ArrayList<Task>();
        for (var entry : after(state, search.cursor()).values()) {
            var task = machine.project(state.nowMillis(), entry).task();
            if (task != null && (search.state() == null || search.state() == task.state())) {
                found.add(task.task(entry.id()));
            }
        }
        return new Result(ok(new Answer.Tasks(limited(found, search.limit()), null)), state);
    }

    private static NavigableMap<String, Entry> after(ModelState state, @Nullable String cursor) {
        return cursor == null ? state.entries() : state.entries().tailMap(cursor, false);
    }

    private static Reply<?> ok(Answer answer) {
        return new Reply.Ok<>(200, answer);
    }

    private static <T> List<T> limited(List<T> found, @Nullable Integer limit) {
        return found.subList(0, Math.min(found.size(), limit == null ? LIMIT_DEFAULT : limit));
    }
}
