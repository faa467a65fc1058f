package dev.modulate.it.platform;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.modulate.invocation.v1.CancelInvocationRequest;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.invocation.v1.WaitInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.observability.link.Stubs;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.Runtime;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.router.v1.NodeServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** What a program of a user does, over gRPC, at one address. For any thread. */
public final class PlatformClient {
    /** No call of a test takes longer; a call that hangs fails with DEADLINE_EXCEEDED. */
    private static final long CALL_SECONDS_MAX = 60;

    private static final int UPLOAD_CHUNK_BYTES = 512 * 1024;

    private final Stubs stubs;
    private final String address;

    /** @param port of an API, or of the platform in one process */
    public PlatformClient(Stubs stubs, int port) {
        this.stubs = stubs;
        this.address = "127.0.0.1:" + port;
    }

    public InvocationServiceGrpc.InvocationServiceBlockingStub invocations() {
        return stubs.of(address, InvocationServiceGrpc.InvocationServiceBlockingStub.class)
                .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    public InvocationServiceGrpc.InvocationServiceStub invocationsAsync() {
        return stubs.of(address, InvocationServiceGrpc.InvocationServiceStub.class);
    }

    public RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
        return stubs.of(address, RegistryServiceGrpc.RegistryServiceBlockingStub.class)
                .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    public NodeServiceGrpc.NodeServiceBlockingStub nodes() {
        return stubs.of(address, NodeServiceGrpc.NodeServiceBlockingStub.class)
                .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS);
    }

    /** Uploads {@code app.py} and creates the function with handler {@code app.handler}. */
    public Function deploy(String id, String source, UnaryOperator<FunctionSpec.Builder> more) {
        var spec = spec(upload(Artifact.zip(Map.of("app.py", source))), more);
        return registry()
                .createFunction(CreateFunctionRequest.newBuilder()
                        .setFunctionId(id)
                        .setFunction(Function.newBuilder().setSpec(spec))
                        .build())
                .getFunction();
    }

    public Function deploy(String id, String source) {
        return deploy(id, source, spec -> spec);
    }

    /** Writes a new version. */
    public Function redeploy(String id, String source) {
        var spec = spec(upload(Artifact.zip(Map.of("app.py", source))), more -> more);
        return registry()
                .updateFunction(UpdateFunctionRequest.newBuilder()
                        .setFunction(
                                Function.newBuilder().setName("functions/" + id).setSpec(spec))
                        .build())
                .getFunction();
    }

    public static FunctionSpec spec(String artifactSha256, UnaryOperator<FunctionSpec.Builder> more) {
        return more.apply(FunctionSpec.newBuilder()
                        .setRuntime(Runtime.RUNTIME_PYTHON)
                        .setArtifactSha256(artifactSha256)
                        .setHandler("app.handler"))
                .build();
    }

    /** @return the digest */
    public String upload(Artifact artifact) {
        return upload(artifact.info(), artifact.bytes());
    }

    /** @param announced what the bytes are said to be */
    public String upload(ArtifactInfo announced, ByteString bytes) {
        var done = new CompletableFuture<String>();
        var requests = stubs.of(address, RegistryServiceGrpc.RegistryServiceStub.class)
                .withDeadlineAfter(CALL_SECONDS_MAX, TimeUnit.SECONDS)
                .uploadArtifact(new UploadAnswer(done));
        requests.onNext(UploadArtifactRequest.newBuilder().setInfo(announced).build());
        for (int at = 0; at < bytes.size(); at += UPLOAD_CHUNK_BYTES) {
            int end = Math.min(at + UPLOAD_CHUNK_BYTES, bytes.size());
            requests.onNext(UploadArtifactRequest.newBuilder()
                    .setData(bytes.substring(at, end))
                    .build());
        }
        requests.onCompleted();
        return done.join();
    }

    /** Calls and waits. */
    public Invocation invoke(String function, String json) {
        return invoke(invokeRequest("", function, json).build());
    }

    public Invocation invoke(InvokeFunctionRequest request) {
        return invocations().invokeFunction(request).getInvocation();
    }

    public static InvokeFunctionRequest.Builder invokeRequest(String id, String function, String json) {
        return InvokeFunctionRequest.newBuilder()
                .setInvocationId(id)
                .setTarget(target(function, ""))
                .setInput(json(json));
    }

    /** Returns once the call is durable. */
    public Invocation create(String id, String function, String json) {
        return create(createRequest(id, function, json).build());
    }

    public Invocation create(CreateInvocationRequest request) {
        return invocations().createInvocation(request).getInvocation();
    }

    public static CreateInvocationRequest.Builder createRequest(String id, String function, String json) {
        return CreateInvocationRequest.newBuilder()
                .setInvocationId(id)
                .setTarget(target(function, ""))
                .setInput(json(json));
    }

    public Invocation get(String name) {
        return invocations()
                .getInvocation(GetInvocationRequest.newBuilder().setName(name).build())
                .getInvocation();
    }

    public Invocation await(String name) {
        return await(name, java.time.Duration.ofSeconds(CALL_SECONDS_MAX - 1));
    }

    public Invocation await(String name, java.time.Duration atMost) {
        return invocations()
                .waitInvocation(WaitInvocationRequest.newBuilder()
                        .setName(name)
                        .setTimeout(duration(atMost))
                        .build())
                .getInvocation();
    }

    public Invocation cancel(String name, String reason) {
        return invocations()
                .cancelInvocation(CancelInvocationRequest.newBuilder()
                        .setName(name)
                        .setReason(reason)
                        .build())
                .getInvocation();
    }

    /** Follows the invocation to its end. */
    public List<WatchInvocationResponse> watch(String name) {
        var events = new ArrayList<WatchInvocationResponse>();
        invocations()
                .watchInvocation(
                        WatchInvocationRequest.newBuilder().setName(name).build())
                .forEachRemaining(events::add);
        return events;
    }

    public static Target target(String function, String qualifier) {
        return Target.newBuilder()
                .setFunction(FunctionRef.newBuilder()
                        .setName("functions/" + function)
                        .setQualifier(qualifier))
                .build();
    }

    public static Payload json(String json) {
        return Payload.newBuilder()
                .setMediaType("application/json")
                .setData(ByteString.copyFromUtf8(json))
                .build();
    }

    public static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.toSeconds())
                .setNanos(duration.toNanosPart())
                .build();
    }

    private record UploadAnswer(CompletableFuture<String> done) implements StreamObserver<UploadArtifactResponse> {
        @Override
        public void onNext(UploadArtifactResponse response) {
            done.complete(response.getArtifact().getSha256());
        }

        @Override
        public void onError(Throwable cause) {
            done.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            done.completeExceptionally(new IllegalStateException("the upload ended without an answer"));
        }
    }
}
