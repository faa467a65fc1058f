package dev.modulate.api.invocation;

import dev.modulate.api.waiting.Waiter;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.WaitInvocationResponse;
import org.jspecify.annotations.Nullable;

/** One WaitInvocation: answered at the end of the invocation or of the wait, with the invocation as it is then. */
final class WaitCall implements Waiter {
    private final Desk desk;
    private final Reply<WaitInvocationResponse> reply;
    private final String taskId;
    private final long untilNanos;

    /** @param untilNanos end of the wait */
    WaitCall(Desk desk, Reply<WaitInvocationResponse> reply, String taskId, long untilNanos) {
        this.desk = desk;
        this.reply = reply;
        this.taskId = taskId;
        this.untilNanos = untilNanos;
    }

    /** Waits first and reads then, so that no end falls between. */
    void start() {
        if (!desk.waiters().add(taskId, Long.MAX_VALUE, this)) {
            reply.fail(desk.tooManyWaiters());
            return;
        }
        desk.reading().promise(taskId).whenComplete((promise, cause) -> {
            if (promise == null) {
                gone();
                reply.fail(cause);
                return;
            }
            if (!promise.state().settled()) {
                desk.subscribe(taskId);
            }
            desk.waiters().found(promise);
        });
        if (reply.isDone()) {
            gone();
        }
    }

    @Override
    public long untilNanos() {
        return untilNanos;
    }

    @Override
    public void ended(End end) {
        switch (end) {
            case End.Read read -> desk.reading().complete(read.promise()).whenComplete(this::answer);
            case End.Pushed _ -> expired();
        }
    }

    @Override
    public void expired() {
        desk.reading().invocation(taskId).whenComplete(this::answer);
    }

    void gone() {
        desk.waiters().remove(taskId, this);
    }

    private void answer(@Nullable Invocation invocation, @Nullable Throwable cause) {
        if (invocation != null) {
            reply.answer(WaitInvocationResponse.newBuilder()
                    .setInvocation(invocation)
                    .build());
        } else if (cause != null) {
            reply.fail(cause);
        }
    }
}
