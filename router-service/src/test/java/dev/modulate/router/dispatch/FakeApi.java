package dev.modulate.router.dispatch;

import com.google.protobuf.ByteString;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.router.v1.ApiHello;
import dev.modulate.router.v1.DispatchCancel;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.DispatchWatch;
import dev.modulate.router.wire.RouterProto;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** An API: asks, and keeps what it is told. */
final class FakeApi implements StreamObserver<DispatchResponse> {
    static final Duration DEADLINE = Duration.ofSeconds(60);

    final List<DispatchResponse> heard = new ArrayList<>();
    private final StreamObserver<DispatchRequest> requests;
    private long correlation;

    FakeApi(Platform.RouterStart router, String address) {
        this.requests = router.stub.dispatch(this);
        requests.onNext(DispatchRequest.newBuilder()
                .setHello(ApiHello.newBuilder()
                        .setSink(OutputSink.newBuilder().setAddress(address).setIncarnation("1")))
                .build());
    }

    /** Asks for a durable run of function {@code f}; returns the promise id. */
    String dispatch(String invocationId) {
        return dispatch(invocationId, invocation -> invocation, spec -> spec);
    }

    String dispatchSpec(String invocationId, UnaryOperator<FunctionSpec.Builder> spec) {
        return dispatch(invocationId, invocation -> invocation, spec);
    }

    String dispatch(
            String invocationId,
            UnaryOperator<DispatchInvocation.Builder> invocation,
            UnaryOperator<FunctionSpec.Builder> spec) {
        var record = InvocationRecord.newBuilder()
                .setTenant("default")
                .setInvocationId(invocationId)
                .setTarget(
                        Target.newBuilder().setFunction(FunctionRef.newBuilder().setName("functions/f")))
                .setVersion(1)
                .setSpec(spec.apply(FunctionSpec.newBuilder().setHandler("main.run")))
                .setInput(Payload.newBuilder().setData(ByteString.copyFromUtf8(invocationId)));
        var dispatch = DispatchInvocation.newBuilder()
                .setRecord(record)
                .setRequestSha256("sha-of-" + invocationId)
                .setDeadlineRemaining(RouterProto.duration(DEADLINE))
                .setWait(true);
        requests.onNext(DispatchRequest.newBuilder()
                .setCorrelationId(++correlation)
                .setInvocation(invocation.apply(dispatch))
                .build());
        return "default_" + invocationId;
    }

    void cancel(String taskId) {
        requests.onNext(DispatchRequest.newBuilder()
                .setCancel(DispatchCancel.newBuilder()
                        .setTaskId(taskId)
                        .setGracePeriod(RouterProto.duration(Duration.ofSeconds(1))))
                .build());
    }

    void watch(String taskId, long attempt, long offset) {
        requests.onNext(DispatchRequest.newBuilder()
                .setCorrelationId(++correlation)
                .setWatch(DispatchWatch.newBuilder()
                        .setTaskId(taskId)
                        .setAttempt(attempt)
                        .setOffset(offset))
                .build());
    }

    void hangUp() {
        requests.onCompleted();
    }

    /** What was said of one call, in order, as cases of the message. */
    List<DispatchResponse.MessageCase> cases(String taskId) {
        return heard.stream()
                .filter(response -> response.getTaskId().equals(taskId))
                .map(DispatchResponse::getMessageCase)
                .toList();
    }

    DispatchResponse last(String taskId, DispatchResponse.MessageCase kind) {
        return heard.stream()
                .filter(response -> response.getTaskId().equals(taskId) && response.getMessageCase() == kind)
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("no " + kind + " of " + taskId + " in " + heard));
    }

    @Override
    public void onNext(DispatchResponse response) {
        heard.add(response);
    }

    @Override
    public void onError(Throwable cause) {}

    @Override
    public void onCompleted() {}
}
