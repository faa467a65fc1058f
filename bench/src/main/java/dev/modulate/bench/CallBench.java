package dev.modulate.bench;

import com.google.protobuf.ByteString;
import dev.modulate.cli.up.UpMain;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc.InvocationServiceStub;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.InvokeFunctionResponse;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.observability.link.Stubs;
import dev.modulate.registry.v1.FunctionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Durable synchronous calls of a function that does nothing, against the raw echo of the same server stack and one
 * {@code fdatasync} after the other, all in one run. {@code bench/run calls [seconds] [rounds]}.
 */
public final class CallBench {
    private static final double ECHO_SHARE_MIN = 0.05;
    private static final double LATENCY_RATIO_MAX = 6;
    private static final long IDLE_BYTES_MAX = 450L << 20;
    private static final double WARM_UP_SECONDS = 20;
    private static final long IDLE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int SYNCS = 2_000;
    private static final int IN_FLIGHT = 64;

    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m");
    private static final String CODE = "def handler(event, context):\n    return None\n";

    private final double seconds;
    private final int rounds;
    private final Path folder;

    private CallBench(double seconds, int rounds, Path folder) {
        this.seconds = seconds;
        this.rounds = rounds;
        this.folder = folder;
    }

    /** What one round measured. */
    private record Round(
            ClosedLoop echoOne,
            ClosedLoop echoMany,
            SyncRate sync,
            ClosedLoop callOne,
            ClosedLoop callMany,
            double cpuMicrosPerEcho,
            double cpuMicrosPerCall) {
        double echoShare() {
            return callMany.perSecond() / echoMany.perSecond();
        }

        double latencyRatio() {
            return callOne.p50Nanos() / (double) (echoOne.p50Nanos() + 2 * sync.p50Nanos());
        }
    }

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 5;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        System.exit(new CallBench(seconds, rounds, folder).run() ? 0 : 1);
    }

    private boolean run() throws Exception {
        int echoPort = Child.freePort();
        int port = Child.freePort();
        try (var stubs = new Stubs();
                var echo =
                        Child.start(Echo.class, echoPort, folder.resolve("echo.log"), OPTIONS, List.of("" + echoPort));
                var platform = Child.start(UpMain.class, port, folder.resolve("up.log"), OPTIONS, platform(port))) {
            new Functions(stubs, port).deploy("noop", Map.of("app.py", CODE), FunctionSpec.getDefaultInstance());
            var invocations = stubs.of("127.0.0.1:" + port, InvocationServiceStub.class);
            call(invocations).get(60, TimeUnit.SECONDS);
            java.util.concurrent.locks.LockSupport.parkNanos(IDLE_WAIT_NANOS);
            long idleBytes = platform.residentBytes();
            var echoes = Echo.channel(stubs, echoPort);
            System.out.println("warming up for " + WARM_UP_SECONDS + " s each ...");
            ClosedLoop.run(IN_FLIGHT, WARM_UP_SECONDS, () -> Echo.call(echoes));
            ClosedLoop.run(IN_FLIGHT, WARM_UP_SECONDS, () -> call(invocations));
            boolean met = true;
            for (int round = 1; round <= rounds; round++) {
                var measured = new Round(
                        ClosedLoop.run(1, seconds, () -> Echo.call(echoes)),
                        ClosedLoop.run(IN_FLIGHT, seconds, () -> Echo.call(echoes)),
                        SyncRate.run(folder, SYNCS),
                        ClosedLoop.run(1, seconds, () -> call(invocations)),
                        ClosedLoop.run(IN_FLIGHT, seconds, () -> call(invocations)),
                        cpuPerCall(echo, () -> Echo.call(echoes)),
                        cpuPerCall(platform, () -> call(invocations)));
                print(round, measured);
                met &= measured.echoShare() >= ECHO_SHARE_MIN && measured.latencyRatio() <= LATENCY_RATIO_MAX;
            }
            System.out.printf("idle memory %d MiB (at most %d)%n", idleBytes >> 20, IDLE_BYTES_MAX >> 20);
            return met && idleBytes <= IDLE_BYTES_MAX;
        }
    }

    private List<String> platform(int port) throws IOException {
        return List.of(
                "--data",
                folder.resolve("data").toString(),
                "--port",
                "" + port,
                "--set",
                "resonate.port=" + Child.freePort());
    }

    private double cpuPerCall(Child server, Supplier<CompletableFuture<?>> call) throws Exception {
        double before = server.cpuSeconds();
        var loop = ClosedLoop.run(IN_FLIGHT, seconds, call);
        return (server.cpuSeconds() - before) * 1e6 / (loop.perSecond() * seconds);
    }

    private static void print(int round, Round measured) {
        System.out.printf(
                "round %d: echo 1: p50 %.3f ms, 64: %.0f/s; fdatasync p50 %.3f ms, %.0f/s%n",
                round,
                measured.echoOne().p50Nanos() / 1e6,
                measured.echoMany().perSecond(),
                measured.sync().p50Nanos() / 1e6,
                measured.sync().perSecond());
        System.out.printf(
                "         calls 1: p50 %.3f ms p99 %.3f ms, 64: %.0f/s p50 %.1f ms p99 %.1f ms; platform CPU %.0f us a call (echo %.0f)%n",
                measured.callOne().p50Nanos() / 1e6,
                measured.callOne().p99Nanos() / 1e6,
                measured.callMany().perSecond(),
                measured.callMany().p50Nanos() / 1e6,
                measured.callMany().p99Nanos() / 1e6,
                measured.cpuMicrosPerCall(),
                measured.cpuMicrosPerEcho());
        System.out.printf(
                "         calls/echo at 64: %.3f (at least %.2f); p50 over (echo + 2 fdatasync): %.2f (at most %.0f)%n",
                measured.echoShare(), ECHO_SHARE_MIN, measured.latencyRatio(), LATENCY_RATIO_MAX);
    }

    private static CompletableFuture<InvokeFunctionResponse> call(InvocationServiceStub invocations) {
        var answer = new Echo.Answer<InvokeFunctionResponse>();
        invocations.invokeFunction(
                InvokeFunctionRequest.newBuilder()
                        .setTarget(Target.newBuilder()
                                .setFunction(FunctionRef.newBuilder().setName("functions/noop")))
                        .setInput(Payload.newBuilder().setData(ByteString.copyFromUtf8("{}")))
                        .build(),
                answer);
        return answer.future.thenApply(response -> {
            if (response.getInvocation().getState() != Invocation.State.STATE_SUCCEEDED) {
                throw new IllegalStateException("the call ended " + response.getInvocation());
            }
            return response;
        });
    }
}
