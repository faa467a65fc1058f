package dev.modulate.api.invocation;

import dev.modulate.api.waiting.Waiter;
import dev.modulate.invocation.v1.CancelInvocationRequest;
import dev.modulate.invocation.v1.CancelInvocationResponse;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.CreateInvocationResponse;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.GetInvocationResponse;
import dev.modulate.invocation.v1.InvocationServiceGrpc;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.InvokeFunctionResponse;
import dev.modulate.invocation.v1.ListInvocationsRequest;
import dev.modulate.invocation.v1.ListInvocationsResponse;
import dev.modulate.invocation.v1.WaitInvocationRequest;
import dev.modulate.invocation.v1.WaitInvocationResponse;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.observability.server.CallDeadline;
import dev.modulate.observability.server.GrpcErrors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** The calls of users. Nothing here waits: every call is answered by whoever brings its answer. */
public final class InvocationGrpc extends InvocationServiceGrpc.InvocationServiceImplBase {
    /** A wait ends this long before its caller gives up, so that the caller learns how things stand. */
    private static final Duration ANSWER_BEFORE_DEADLINE = Duration.ofMillis(250);

    private static final Duration WAIT_MAX = Duration.ofDays(30);

    private final Desk desk;
    private final Intake intake;
    private final Listing listing;
    private final Cancelling cancelling;

    InvocationGrpc(Desk desk, Intake intake, Listing listing, Cancelling cancelling) {
        this.desk = desk;
        this.intake = intake;
        this.listing = listing;
        this.cancelling = cancelling;
    }

    @Override
    public void createInvocation(CreateInvocationRequest request, StreamObserver<CreateInvocationResponse> observer) {
        var reply = new Reply<>(observer);
        reply.onGone(() -> {});
        take(observer, () -> Asked.of(request), new CreateCall(desk, reply));
    }

    @Override
    public void invokeFunction(InvokeFunctionRequest request, StreamObserver<InvokeFunctionResponse> observer) {
        var reply = new Reply<>(observer);
        var call = new InvokeCall(desk, reply);
        reply.onGone(call::gone);
        take(observer, () -> Asked.of(request, CallDeadline.remaining().orElse(null)), call);
    }

    private void take(StreamObserver<?> observer, Supplier<Asked> read, Intake.Then then) {
        Asked asked;
        try {
            asked = read.get();
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        intake.take(asked, then);
    }

    @Override
    public void getInvocation(GetInvocationRequest request, StreamObserver<GetInvocationResponse> observer) {
        answer(
                observer,
                () -> desk.reading().invocation(desk.reading().taskId(request.getName())),
                invocation -> GetInvocationResponse.newBuilder()
                        .setInvocation(invocation)
                        .build());
    }

    @Override
    public void waitInvocation(WaitInvocationRequest request, StreamObserver<WaitInvocationResponse> observer) {
        var reply = new Reply<>(observer);
        WaitCall call;
        try {
            call = new WaitCall(desk, reply, desk.reading().taskId(request.getName()), waitUntilNanos(request));
        } catch (StatusRuntimeException e) {
            reply.fail(e);
            return;
        }
        reply.onGone(call::gone);
        call.start();
    }

    @Override
    public void listInvocations(ListInvocationsRequest request, StreamObserver<ListInvocationsResponse> observer) {
        answer(observer, () -> listing.list(request), Function.identity());
    }

    @Override
    public void cancelInvocation(CancelInvocationRequest request, StreamObserver<CancelInvocationResponse> observer) {
        answer(
                observer,
                () -> cancelling.cancel(request),
                invocation -> CancelInvocationResponse.newBuilder()
                        .setInvocation(invocation)
                        .build());
    }

    @Override
    public void watchInvocation(WatchInvocationRequest request, StreamObserver<WatchInvocationResponse> observer) {
        try {
            String taskId = desk.reading().taskId(request.getName());
            if (request.getAttempt() < 0) {
                throw GrpcErrors.invalid("attempt", request.getAttempt(), "at least 0");
            }
            if (request.getOutputOffset() < 0) {
                throw GrpcErrors.invalid("output_offset", request.getOutputOffset(), "at least 0");
            }
            var client = (ServerCallStreamObserver<WatchInvocationResponse>) observer;
            new Watch(desk, client, taskId, request).start();
        } catch (StatusRuntimeException e) {
            observer.onError(e);
        }
    }

    private long waitUntilNanos(WaitInvocationRequest request) {
        long now = desk.nanoTime().getAsLong();
        long until = Waiter.NEVER;
        if (request.hasTimeout()) {
            var timeout = request.getTimeout();
            if (timeout.getSeconds() < 0 || timeout.getNanos() < 0) {
                throw GrpcErrors.invalid("timeout", timeout.getSeconds() + " s", "at least 0 s");
            }
            long seconds = Math.min(timeout.getSeconds(), WAIT_MAX.toSeconds());
            until = now + Duration.ofSeconds(seconds, timeout.getNanos()).toNanos();
        }
        var deadline = CallDeadline.remaining();
        if (deadline.isPresent()) {
            var left = deadline.get().compareTo(WAIT_MAX) > 0 ? WAIT_MAX : deadline.get();
            long early = Math.min(ANSWER_BEFORE_DEADLINE.toNanos(), left.toNanos() / 4);
            long end = now + left.toNanos() - early;
            until = until == Waiter.NEVER || until - end > 0 ? end : until;
        }
        return until;
    }

    private static <A, R> void answer(
            StreamObserver<R> observer, Supplier<CompletableFuture<A>> ask, Function<A, R> response) {
        var reply = new Reply<>(observer);
        reply.onGone(() -> {});
        try {
            ask.get().whenComplete((answer, cause) -> {
                if (cause == null) {
                    reply.answer(response.apply(answer));
                } else {
                    reply.fail(cause);
                }
            });
        } catch (StatusRuntimeException e) {
            reply.fail(e);
        }
    }
}
