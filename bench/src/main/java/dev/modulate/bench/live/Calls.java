package dev.modulate.bench.live;

import com.google.protobuf.Duration;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.router.v1.ApiHello;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The stream of an API: submits calls and remembers which were accepted. Its own lock guards it. */
final class Calls implements StreamObserver<DispatchResponse> {
    private static final long SECONDS_MAX = 3_600;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final String prefix;
    private @Nullable StreamObserver<DispatchRequest> requests;
    private long number;

    /** @param prefix of the ids of its calls */
    Calls(String prefix) {
        this.prefix = prefix;
    }

    synchronized void open(RouterServiceStub router) {
        var stream = router.dispatch(this);
        requests = stream;
        stream.onNext(DispatchRequest.newBuilder()
                .setHello(ApiHello.newBuilder()
                        .setSink(OutputSink.newBuilder().setAddress("bench").setIncarnation("1")))
                .build());
    }

    synchronized boolean isOpen() {
        return requests != null;
    }

    /** @param bytes on each device; zero takes whole devices */
    synchronized void submit(int function, int devices, long bytes) {
        var open = requests;
        if (open == null) {
            return;
        }
        String id = prefix + "-" + ++number;
        var accelerator =
                AcceleratorRequirements.newBuilder().setDeviceCount(devices).setDeviceMemoryBytes(bytes);
        var record = InvocationRecord.newBuilder()
                .setTenant("default")
                .setInvocationId(id)
                .setTarget(Target.newBuilder()
                        .setFunction(FunctionRef.newBuilder().setName("functions/" + Reports.functionName(function))))
                .setVersion(1)
                .setSpec(FunctionSpec.newBuilder()
                        .setHandler("main.run")
                        .setRetryPolicy(RetryPolicy.newBuilder().setAttemptCountMax(3))
                        .setResources(ResourceRequirements.newBuilder().setAccelerator(accelerator)));
        try {
            open.onNext(DispatchRequest.newBuilder()
                    .setCorrelationId(number)
                    .setInvocation(DispatchInvocation.newBuilder()
                            .setRecord(record)
                            .setRequestSha256(id)
                            .setDeadlineRemaining(Duration.newBuilder().setSeconds(SECONDS_MAX)))
                    .build());
        } catch (IllegalStateException e) {
            // The stream ended in this moment.
        }
    }

    Set<String> accepted() {
        return accepted;
    }

    @Override
    public void onNext(DispatchResponse response) {
        if (response.hasAccepted()) {
            accepted.add(response.getTaskId());
        }
    }

    @Override
    public synchronized void onError(Throwable cause) {
        requests = null;
    }

    @Override
    public void onCompleted() {
        onError(new IllegalStateException("the router ended the stream"));
    }
}
