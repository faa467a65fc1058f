package dev.modulate.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.OutputServiceGrpc;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.Runtime;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.router.v1.RouterServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/** One executor with everything around it: fakes in this process, real Python processes. */
final class Node implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final String PID = "router-1";

    final FakeRouter router = new FakeRouter();
    final FakeRegistry registry = new FakeRegistry();
    final FakeResonate resonate = new FakeResonate();
    final FakeApi api = new FakeApi();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Server server;
    private final ManagedChannel channel;
    private final Executor executor;

    Node(Path data) throws IOException {
        this(data, Devices.none(), 4);
    }

    Node(Path data, Devices devices, int slots) throws IOException {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(router)
                .addService(registry)
                .addService(api)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        executor = new Executor(
                settings(data, slots),
                devices,
                List.of(RouterServiceGrpc.newStub(channel)),
                RegistryServiceGrpc.newStub(channel),
                resonate,
                address -> OutputServiceGrpc.newStub(channel),
                meters,
                InstantSource.system(),
                System::nanoTime,
                RandomGenerator.getDefault());
        executor.start();
        await().atMost(PATIENCE).until(router::attached);
    }

    private static ExecutorSettings settings(Path data, int slots) {
        return new ExecutorSettings(
                "node-1",
                "cpu",
                slots,
                4000,
                1L << 30,
                Map.of("zone", "a"),
                data,
                List.of("router"),
                "registry",
                "",
                "",
                "python3",
                Duration.ofSeconds(1),
                Duration.ofSeconds(20),
                Duration.ofSeconds(25),
                1L << 30,
                "127.0.0.1",
                0);
    }

    /** A handler in {@code main.py}. */
    FunctionSpec python(String code) {
        return FunctionSpec.newBuilder()
                .setRuntime(Runtime.RUNTIME_PYTHON)
                .setArtifactSha256(registry.zip(Map.of("main.py", code)))
                .setHandler("main.handler")
                .build();
    }

    FunctionSpec script(String code) {
        return FunctionSpec.newBuilder()
                .setRuntime(Runtime.RUNTIME_PYTHON_SCRIPT)
                .setArtifactSha256(registry.file(code))
                .setHandler("job.py")
                .build();
    }

    void call(String id, FunctionSpec spec, String json) {
        call(id, spec, json, assignment -> assignment);
    }

    /** Makes the task as a router does, then assigns it. */
    void call(String id, FunctionSpec spec, String json, UnaryOperator<Assignment.Builder> change) {
        resonate.createAcquired(id, PID);
        assign(id, spec, json, change);
    }

    void assign(String id, FunctionSpec spec, String json, UnaryOperator<Assignment.Builder> change) {
        var record = record(id, spec)
                .setInput(Payload.newBuilder().setMediaType("application/json").setData(ByteString.copyFromUtf8(json)));
        var assignment = Assignment.newBuilder()
                .setTask(FakeRouter.ref(id, 1))
                .setOwnerPid(PID)
                .setLeaseTtl(FakeRouter.proto(Duration.ofSeconds(10)))
                .setLeaseRemaining(FakeRouter.proto(Duration.ofSeconds(10)))
                .setDeadlineRemaining(FakeRouter.proto(Duration.ofSeconds(60)))
                .setRecord(record)
                .addSinks(FakeApi.SINK)
                .setLastAttempt(true);
        router.assign(change.apply(assignment).build());
    }

    boolean drain(Duration atMost) {
        return executor.drain(atMost);
    }

    static InvocationRecord.Builder record(String id, FunctionSpec spec) {
        return InvocationRecord.newBuilder()
                .setTenant("default")
                .setInvocationId(id)
                .setTarget(
                        Target.newBuilder().setFunction(FunctionRef.newBuilder().setName("functions/f")))
                .setVersion(version(spec))
                .setSpec(spec);
    }

    private static long version(FunctionSpec spec) {
        return Math.abs((long) spec.hashCode()) + 1;
    }

    static String functionKey(FunctionSpec spec) {
        return "default/functions/f/versions/" + version(spec);
    }

    void awaitState(String id, AssignmentUpdate.State state) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(router.states(id)).contains(state));
    }

    void awaitFinished(String id) {
        awaitState(id, AssignmentUpdate.State.STATE_FINISHED);
    }

    /** Waits until the promise is settled and answers its value as text. */
    String value(String id, PromiseState state) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(resonate.promise(id).state()).isEqualTo(state));
        Promise promise = resonate.promise(id);
        return new String(Base64.getDecoder().decode("" + promise.value().data()), StandardCharsets.UTF_8);
    }

    double attempts(String outcome) {
        var counter = meters.find("modulate.executor.attempts")
                .tag("outcome", outcome)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    @Override
    public void close() {
        executor.close();
        channel.shutdownNow();
        server.shutdownNow();
    }
}
