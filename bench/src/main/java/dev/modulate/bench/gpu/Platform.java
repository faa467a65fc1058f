package dev.modulate.bench.gpu;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import dev.modulate.bench.Child;
import dev.modulate.bench.Functions;
import dev.modulate.cli.up.UpMain;
import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc.InvocationServiceBlockingStub;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.invocation.v1.WaitInvocationRequest;
import dev.modulate.observability.link.Stubs;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.Node;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceBlockingStub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The whole platform in a process of its own, with the GPUs of this machine, and functions that hold their memory. */
final class Platform implements AutoCloseable {
    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m");
    private static final int SECONDS_MAX = 120;

    private final Child process;
    private final Stubs stubs = new Stubs();
    private final int port;
    private int calls;

    private Platform(Child process, int port) {
        this.process = process;
        this.port = port;
    }

    /** @param settings beside the defaults, as {@code KEY=VALUE} */
    static Platform start(Path folder, List<String> settings) throws IOException {
        int port = Child.freePort();
        var arguments = new ArrayList<>(List.of(
                "--data", folder.resolve("data").toString(),
                "--port", "" + port,
                "--set", "resonate.port=" + Child.freePort()));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return new Platform(Child.start(UpMain.class, port, folder.resolve("up.log"), OPTIONS, arguments), port);
    }

    /** @param holds bytes of its device that each instance takes when it starts */
    void deploy(String id, AcceleratorRequirements needs, long holds) throws Exception {
        var resources = ResourceRequirements.newBuilder().setAccelerator(needs);
        deploy(id, FunctionSpec.newBuilder().setResources(resources), holds);
    }

    /** A function of the other pool. */
    void deployWithoutDevice(String id) throws Exception {
        deploy(id, FunctionSpec.newBuilder(), 0);
    }

    private void deploy(String id, FunctionSpec.Builder spec, long holds) throws Exception {
        var files = Map.of(
                "app.py", CudaProcess.source("app.py"), CudaProcess.LIBRARY, CudaProcess.source(CudaProcess.LIBRARY));
        new Functions(stubs, port)
                .deploy(
                        id,
                        files,
                        spec.putEnvironment("HOLD_BYTES", Long.toString(holds)).build());
    }

    /** Returns the name of the call once it is durable. */
    String create(String function, String json) {
        return invocations()
                .createInvocation(CreateInvocationRequest.newBuilder()
                        .setInvocationId("gpu-" + ++calls)
                        .setTarget(Target.newBuilder()
                                .setFunction(FunctionRef.newBuilder().setName("functions/" + function)))
                        .setInput(Payload.newBuilder()
                                .setMediaType("application/json")
                                .setData(ByteString.copyFromUtf8(json)))
                        .build())
                .getInvocation()
                .getName();
    }

    Invocation get(String name) {
        return invocations()
                .getInvocation(GetInvocationRequest.newBuilder().setName(name).build())
                .getInvocation();
    }

    Invocation await(String name) {
        return invocations()
                .waitInvocation(WaitInvocationRequest.newBuilder().setName(name).build())
                .getInvocation();
    }

    Invocation call(String function, String json) {
        return await(create(function, json));
    }

    /** What a call that succeeded returned. */
    static Struct output(Invocation invocation) throws IOException {
        if (invocation.getState() != Invocation.State.STATE_SUCCEEDED) {
            throw new IOException("the call ended " + invocation);
        }
        return CudaProcess.json(invocation.getOutcome().getOutput().getData().toStringUtf8());
    }

    /** What a call waits for, in words. */
    String waitsFor(String name) {
        return nodes().explainPlacement(
                        ExplainPlacementRequest.newBuilder().setInvocation(name).build())
                .getWaitingFor();
    }

    private Node node() {
        return nodes().listNodes(ListNodesRequest.getDefaultInstance()).getNodesList().stream()
                .filter(node -> node.getProfile().getDevicesCount() > 0)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no node has a device"));
    }

    Device device() {
        return node().getProfile().getDevices(0);
    }

    DeviceLoad load() {
        return node().getLoad().getDevices(0);
    }

    private InvocationServiceBlockingStub invocations() {
        return stubs.of("127.0.0.1:" + port, InvocationServiceBlockingStub.class)
                .withDeadlineAfter(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private NodeServiceBlockingStub nodes() {
        return stubs.of("127.0.0.1:" + port, NodeServiceBlockingStub.class)
                .withDeadlineAfter(SECONDS_MAX, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        stubs.close();
        process.close();
    }
}
