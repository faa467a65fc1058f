package dev.modulate.api.invocation;

import dev.modulate.api.dispatch.Dispatch;
import dev.modulate.api.promise.InvocationProto;
import dev.modulate.api.waiting.Waiter;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvokeFunctionResponse;
import dev.modulate.resonate.protocol.Promise;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import org.jspecify.annotations.Nullable;

/**
 * One InvokeFunction. The router's answer and the end of the invocation come on two streams, in any order; the caller is
 * answered when both are there, since only the router's answer says whether the promise is this call's. A promise that
 * was read says so itself.
 *
 * <p>What has come is guarded by this; everybody is called outside.
 */
final class InvokeCall implements Intake.Then, Waiter {
    private final Desk desk;
    private final Reply<InvokeFunctionResponse> reply;
    private final long startNanos;
    private volatile @Nullable Call call;
    private volatile @Nullable String waitsFor;
    private Dispatch.@Nullable Answer answer;
    private @Nullable End end;

    InvokeCall(Desk desk, Reply<InvokeFunctionResponse> reply) {
        this.desk = desk;
        this.reply = reply;
        this.startNanos = desk.nanoTime().getAsLong();
    }

    @Override
    public void ready(Call ready) {
        call = ready;
        if (!wait(ready.taskId(), ready.timeoutAtMillis())) {
            return;
        }
        desk.logs().expect(ready.taskId());
        desk.dispatcher()
                .send(new Dispatch(
                        ready.taskId(),
                        ready.record(),
                        ready.requestSha256(),
                        ready.timeoutAtMillis(),
                        arrived -> answered(ready, arrived)));
    }

    /** The id was used before, and the call cannot be dispatched now. */
    @Override
    public void known(Promise promise, String requestSha256) {
        if (!InvocationProto.requestSha256(promise).equals(requestSha256)) {
            refused(Refusals.conflict(desk.reading().invocationId(promise)));
        } else if (promise.state().settled()) {
            answer(promise);
        } else if (wait(promise.id(), promise.timeoutAtMillis())) {
            join(promise.id());
        }
    }

    @Override
    public void refused(StatusRuntimeException status) {
        if (reply.fail(status)) {
            desk.meters().refused(status);
        }
    }

    /** False when too many wait or the caller is gone. */
    private boolean wait(String taskId, long timeoutAtMillis) {
        if (!desk.waiters().add(taskId, timeoutAtMillis, this)) {
            refused(desk.tooManyWaiters());
            return false;
        }
        waitsFor = taskId;
        if (reply.isDone()) {
            gone();
        }
        return !reply.isDone();
    }

    private void join(String taskId) {
        desk.subscribe(taskId);
        desk.waiters().read(taskId);
    }

    private void answered(Call dispatched, Dispatch.Answer arrived) {
        switch (arrived) {
            case Dispatch.Answer.Accepted _ -> {
                desk.meters().accepted(dispatched.function());
                conclude(dispatched, arrived, null);
            }
            case Dispatch.Answer.Existing existing -> {
                if (!existing.requestSha256().equals(dispatched.requestSha256())) {
                    giveUp(dispatched, Refusals.conflict(dispatched.invocationId()));
                    return;
                }
                conclude(dispatched, arrived, null);
                if (existing.settled()) {
                    desk.waiters().read(dispatched.taskId());
                } else {
                    join(dispatched.taskId());
                }
            }
            case Dispatch.Answer.Refused refused ->
                giveUp(dispatched, StatusProto.toStatusRuntimeException(refused.status()));
            case Dispatch.Answer.NotSent notSent -> giveUp(dispatched, Refusals.noRouter(notSent.words()));
            case Dispatch.Answer.InDoubt doubt ->
                giveUp(dispatched, Refusals.inDoubt(dispatched.invocationId(), doubt.words()));
        }
    }

    private void giveUp(Call dispatched, StatusRuntimeException status) {
        desk.waiters().remove(dispatched.taskId(), this);
        refused(status);
    }

    @Override
    public void ended(End arrived) {
        var dispatched = call;
        if (dispatched != null) {
            conclude(dispatched, null, arrived);
        } else if (arrived instanceof End.Read read) {
            answer(read.promise());
        } else if (arrived instanceof End.Pushed pushed) {
            read(pushed.result().getTaskId());
        }
    }

    private void conclude(Call dispatched, Dispatch.@Nullable Answer newAnswer, @Nullable End newEnd) {
        Dispatch.Answer knownAnswer;
        End knownEnd;
        synchronized (this) {
            answer = newAnswer == null ? answer : newAnswer;
            end = newEnd == null ? end : newEnd;
            knownAnswer = answer;
            knownEnd = end;
        }
        if (knownEnd instanceof End.Read read) {
            answer(dispatched, read.promise());
        } else if (knownEnd instanceof End.Pushed pushed && knownAnswer != null) {
            if (knownAnswer instanceof Dispatch.Answer.Accepted(long timeoutAtMillis)
                    && pushed.result().getAttempt() <= 1) {
                answer(InvocationProto.finished(
                                dispatched.record(),
                                timeoutAtMillis,
                                pushed.result(),
                                desk.clock().millis())
                        .build());
            } else {
                read(dispatched.taskId());
            }
        }
    }

    /** The push does not say all: another call created the promise, or attempts failed before. */
    private void read(String taskId) {
        desk.reading().promise(taskId).whenComplete((promise, cause) -> {
            if (promise != null) {
                answer(promise);
            } else {
                refused(Refusals.status(cause));
            }
        });
    }

    private void answer(Call dispatched, Promise promise) {
        if (InvocationProto.requestSha256(promise).equals(dispatched.requestSha256())) {
            answer(promise);
        } else {
            refused(Refusals.conflict(dispatched.invocationId()));
        }
    }

    private void answer(Promise promise) {
        desk.reading().complete(promise).whenComplete((invocation, cause) -> {
            if (invocation != null) {
                answer(invocation);
            } else {
                refused(Refusals.status(cause));
            }
        });
    }

    private void answer(Invocation invocation) {
        if (reply.answer(
                InvokeFunctionResponse.newBuilder().setInvocation(invocation).build())) {
            desk.meters().finished(invocation, desk.nanoTime().getAsLong() - startNanos);
        }
    }

    /** The caller is gone; the invocation goes on. */
    void gone() {
        var taskId = waitsFor;
        if (taskId != null) {
            desk.waiters().remove(taskId, this);
        }
    }
}
