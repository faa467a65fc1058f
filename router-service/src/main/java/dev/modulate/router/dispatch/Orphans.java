package dev.modulate.router.dispatch;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of the cell whose lease nobody holds: the server tells the cell's group, and on every connection the router
 * looks for those it was not told of. It takes no more than it may own; the rest stays pending and is pulled later.
 */
final class Orphans {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final int PAGE = 100;
    private static final Duration PULL_PAUSE = Duration.ofSeconds(1);

    private final DispatchRules rules;
    private final Runs runs;
    private final Leases leases;
    private final Lifecycle lifecycle;
    private final Timers timers;
    private boolean sweeping;
    private boolean sweepAgain;
    private boolean backlog;

    Orphans(DispatchRules rules, Runs runs, Leases leases, Lifecycle lifecycle, Timers timers) {
        this.rules = rules;
        this.runs = runs;
        this.leases = leases;
        this.lifecycle = lifecycle;
        this.timers = timers;
    }

    void start() {
        timers.after(PULL_PAUSE, this::pull);
    }

    Resonate.Inbox inbox(Executor owner) {
        return new Resonate.Inbox() {
            @Override
            public void connected() {
                owner.execute(Orphans.this::sweep);
            }

            @Override
            public void accept(Message message) {
                if (message instanceof Message.Execute(String taskId, long version)) {
                    owner.execute(() -> take(taskId, version));
                }
            }
        };
    }

    private void take(String id, long version) {
        var run = runs.find(id);
        if (run != null) {
            lifecycle.unowned(run, version);
        } else if (hasRoom()) {
            lifecycle.adopt(id, version);
        } else {
            backlog = true;
        }
    }

    /** Takes the call if nobody has it; the server's next message about it may be long in coming. */
    void lookAt(String id) {
        lookAt(List.of(id), () -> {});
    }

    private void sweep() {
        if (sweeping) {
            sweepAgain = true;
            return;
        }
        sweeping = true;
        backlog = false;
        page(null);
    }

    private void pull() {
        if (backlog && !sweeping && runs.waiting() < Math.max(1, rules.queueMax() / 2)) {
            sweep();
        }
        timers.after(PULL_PAUSE, this::pull);
    }

    private void page(@Nullable String cursor) {
        var search = new Request.PromiseSearch(PromiseState.PENDING, Map.of(Tags.TARGET, rules.target()), PAGE, cursor);
        leases.ask(
                search,
                reply -> {
                    if (reply instanceof Reply.Ok<Answer.Promises>(int status, Answer.Promises found)) {
                        look(found);
                    } else {
                        LOG.atWarn().addKeyValue("reply", reply).log("the server does not search; orphans come late");
                        finished();
                    }
                },
                () -> {
                    backlog = true;
                    finished();
                });
    }

    private void look(Answer.Promises page) {
        var unknown = page.promises().stream()
                .map(promise -> promise.id())
                .filter(id -> runs.find(id) == null)
                .toList();
        if (!unknown.isEmpty() && !hasRoom()) {
            backlog = true;
            finished();
            return;
        }
        lookAt(unknown, () -> {
            if (page.cursor() == null) {
                finished();
            } else {
                page(page.cursor());
            }
        });
    }

    /** Asks for all tasks of a page at once, and goes on when every answer is there. */
    private void lookAt(List<String> ids, Runnable then) {
        if (ids.isEmpty()) {
            then.run();
            return;
        }
        var open = new int[] {ids.size()};
        Runnable answered = () -> {
            if (--open[0] == 0) {
                then.run();
            }
        };
        for (var id : ids) {
            leases.ask(
                    new Request.TaskGet(id),
                    reply -> {
                        if (reply instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask found)
                                && found.task().state() == TaskState.PENDING) {
                            take(id, found.task().version());
                        }
                        answered.run();
                    },
                    () -> {
                        backlog = true;
                        answered.run();
                    });
        }
    }

    private void finished() {
        sweeping = false;
        if (sweepAgain) {
            sweepAgain = false;
            sweep();
        }
    }

    private boolean hasRoom() {
        return runs.waiting() < rules.queueMax();
    }
}
