package dev.modulate.resonate.client;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.TaskState;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Tells an operation that was refused from one that had been applied before its reply got lost: the protocol's table of
 * retries. Reads what is stored, and decides.
 *
 * <p>Ownership is told by the pid, which therefore must be unique for each start of a process; and one process must not
 * create the same task twice at a time.
 */
public final class LostReplies {
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final Resonate resonate;

    /** @param resonate to read with */
    public LostReplies(Resonate resonate) {
        this.resonate = resonate;
    }

    /**
     * What the reply to a repeated operation means.
     *
     * @param reply to a try that came after one whose outcome nobody knows
     */
    @SuppressWarnings("unchecked") // Each branch answers what its request type says.
    public <A> CompletableFuture<Reply<A>> judge(Request<A> request, Reply<A> reply) {
        if (!(reply instanceof Reply.Refused<A>(int status, String message))) {
            return CompletableFuture.completedFuture(reply);
        }
        CompletableFuture<?> judged = switch (request) {
            case Request.TaskCreate create
            when status == CONFLICT -> owned(create.action().id(), create.pid(), -1, (Reply<Answer.Grant>) reply);
            case Request.TaskAcquire acquire
            when status == CONFLICT ->
                owned(acquire.id(), acquire.pid(), acquire.version() + 1, (Reply<Answer.Grant>) reply);
            case Request.TaskFulfill fulfill
            when status == CONFLICT -> settled(fulfill.action(), (Reply<Answer.OfPromise>) reply);
            // Not the owner any more, which is what was asked for.
            case Request.TaskRelease release when status == CONFLICT -> done(new Answer.Done());
            case Request.TaskSuspend suspend when status == CONFLICT -> done(new Answer.Preload(List.of()));
            case Request.TaskContinue go when status == CONFLICT -> done(new Answer.Done());
            case Request.ScheduleDelete delete when status == NOT_FOUND -> done(new Answer.Done());
            default -> CompletableFuture.completedFuture(reply);
        };
        return (CompletableFuture<Reply<A>>) judged;
    }

    private static <A> CompletableFuture<Reply<A>> done(A answer) {
        return CompletableFuture.completedFuture(new Reply.Ok<>(OK, answer));
    }

    /** @param version that the owner must have; negative for any */
    private CompletableFuture<Reply<Answer.Grant>> owned(
            String id, String pid, long version, Reply<Answer.Grant> refused) {
        return resonate.send(new Request.TaskGet(id)).thenCompose(found -> {
            if (!(found instanceof Reply.Ok<Answer.OfTask> ok)) {
                return CompletableFuture.completedFuture(refused);
            }
            var task = ok.answer().task();
            boolean mine = task.state() == TaskState.ACQUIRED
                    && pid.equals(task.pid())
                    && (version < 0 || version == task.version());
            if (!mine) {
                return CompletableFuture.completedFuture(refused);
            }
            return resonate.send(new Request.PromiseGet(id))
                    .thenApply(promise -> promise instanceof Reply.Ok<Answer.OfPromise> read
                            ? new Reply.Ok<>(
                                    OK, new Answer.Grant(task, read.answer().promise(), List.of()))
                            : refused);
        });
    }

    private CompletableFuture<Reply<Answer.OfPromise>> settled(
            Request.PromiseSettle wanted, Reply<Answer.OfPromise> refused) {
        return resonate.send(new Request.PromiseGet(wanted.id())).thenApply(found -> {
            boolean mine = found instanceof Reply.Ok<Answer.OfPromise> ok
                    && ok.answer().promise().state() == wanted.state()
                    && ok.answer().promise().value().equals(wanted.value());
            return mine ? found : refused;
        });
    }
}
