package dev.modulate.api.invocation;

import dev.modulate.api.dispatch.Dispatch;
import dev.modulate.api.promise.InvocationProto;
import dev.modulate.invocation.v1.CreateInvocationResponse;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.resonate.protocol.Promise;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** One CreateInvocation: answered once the promise is durable. */
final class CreateCall implements Intake.Then {
    private final Desk desk;
    private final Reply<CreateInvocationResponse> reply;

    CreateCall(Desk desk, Reply<CreateInvocationResponse> reply) {
        this.desk = desk;
        this.reply = reply;
    }

    @Override
    public void ready(Call call) {
        desk.logs().expect(call.taskId());
        desk.meters().follow(call.taskId(), call.function());
        desk.dispatcher()
                .send(new Dispatch(
                        call.taskId(),
                        call.record(),
                        call.requestSha256(),
                        call.timeoutAtMillis(),
                        answer -> answered(call, answer)));
    }

    private void answered(Call call, Dispatch.Answer answer) {
        if (!(answer instanceof Dispatch.Answer.Accepted)) {
            desk.meters().unfollow(call.taskId());
        }
        switch (answer) {
            case Dispatch.Answer.Accepted accepted -> {
                desk.meters().accepted(call.function());
                answer(InvocationProto.pending(call.record(), accepted.timeoutAtMillis())
                        .build());
            }
            case Dispatch.Answer.Existing _ ->
                desk.reading().promise(call.taskId()).whenComplete((promise, cause) -> {
                    if (promise != null) {
                        known(promise, call.requestSha256());
                    } else {
                        refused(Refusals.status(cause));
                    }
                });
            case Dispatch.Answer.Refused refused -> refused(StatusProto.toStatusRuntimeException(refused.status()));
            case Dispatch.Answer.NotSent notSent -> refused(Refusals.noRouter(notSent.words()));
            case Dispatch.Answer.InDoubt doubt -> refused(Refusals.inDoubt(call.invocationId(), doubt.words()));
        }
    }

    @Override
    public void known(Promise promise, String requestSha256) {
        if (!InvocationProto.requestSha256(promise).equals(requestSha256)) {
            refused(Refusals.conflict(desk.reading().invocationId(promise)));
            return;
        }
        desk.reading().complete(promise).whenComplete((invocation, cause) -> {
            if (invocation != null) {
                answer(invocation);
            } else {
                refused(Refusals.status(cause));
            }
        });
    }

    @Override
    public void refused(StatusRuntimeException status) {
        if (reply.fail(status)) {
            desk.meters().refused(status);
        }
    }

    private void answer(Invocation invocation) {
        reply.answer(
                CreateInvocationResponse.newBuilder().setInvocation(invocation).build());
    }
}
