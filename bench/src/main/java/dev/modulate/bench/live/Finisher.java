package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends executions as executors do: settles the promise under the version it was given, and when its lease has ended
 * meanwhile and nobody took the task, takes it again. For any thread.
 */
final class Finisher {
    private static final long LEASE_MILLIS = 3_000;

    private final HttpResonate resonate;
    private final Set<String> settling = ConcurrentHashMap.newKeySet();

    Finisher(HttpResonate resonate) {
        this.resonate = resonate;
    }

    /** @param over told when the promise is settled, or somebody else's; not when no server answered */
    void finish(Assignment assignment, Runnable over) {
        var task = assignment.getTask();
        if (settling.add(task.getTaskId())) {
            fulfil(assignment, task.getVersion(), over);
        }
    }

    private void fulfil(Assignment assignment, long version, Runnable over) {
        String id = assignment.getTask().getTaskId();
        var settle = new Request.PromiseSettle(id, PromiseState.RESOLVED, Value.EMPTY);
        resonate.send(new Request.TaskFulfill(id, version, settle)).whenComplete((reply, failure) -> {
            if (reply instanceof Reply.Refused) {
                refused(assignment, over);
            } else {
                end(id, failure == null, over);
            }
        });
    }

    private void refused(Assignment assignment, Runnable over) {
        String id = assignment.getTask().getTaskId();
        resonate.send(new Request.TaskGet(id)).whenComplete((reply, failure) -> {
            if (reply instanceof Reply.Ok<Answer.OfTask>(int status, Answer.OfTask found)
                    && found.task().state() == TaskState.PENDING
                    && found.task().version() == assignment.getTask().getVersion()) {
                takeAgain(assignment, over);
            } else {
                end(id, failure == null, over);
            }
        });
    }

    private void takeAgain(Assignment assignment, Runnable over) {
        String id = assignment.getTask().getTaskId();
        long version = assignment.getTask().getVersion();
        resonate.send(new Request.TaskAcquire(id, version, assignment.getOwnerPid(), LEASE_MILLIS))
                .whenComplete((reply, failure) -> {
                    if (reply instanceof Reply.Ok) {
                        fulfil(assignment, version + 1, over);
                    } else {
                        end(id, failure == null, over);
                    }
                });
    }

    private void end(String id, boolean answered, Runnable over) {
        settling.remove(id);
        if (answered) {
            over.run();
        }
    }
}
