package dev.modulate.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.modulate.executor.v1.OutputServiceGrpc.OutputServiceStub;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc.InvocationServiceBlockingStub;
import dev.modulate.invocation.v1.InvocationServiceGrpc.InvocationServiceStub;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.InvokeFunctionResponse;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceStub;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.BindableService;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The same services over the network, as mains start them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiOverNetworkTest {
    private final FakeResonate resonate = new FakeResonate(InstantSource.system());
    private final FakeRegistry registry = new FakeRegistry();
    private final Stubs stubs = new Stubs();
    private final List<AutoCloseable> running = new ArrayList<>();
    private final FakeRouter router =
            new FakeRouter(resonate, sink -> stubs.of(sink.getAddress(), OutputServiceStub.class));
    private String address = "";

    @BeforeAll
    void start() {
        String registryAddress = serve(List.of(registry));
        String routerAddress = serve(List.of(router));
        var reader = new SettingsReader(SettingsSource.of(Map.of("api.port", "0")));
        var meters = Meters.ofProcess();
        var api = new Api(
                ApiSettings.read(reader),
                resonate,
                List.of(new RouterPeer(
                        routerAddress,
                        stubs.of(routerAddress, RouterServiceStub.class),
                        stubs.of(routerAddress, NodeServiceStub.class))),
                stubs.of(registryAddress, RegistryServiceStub.class),
                meters,
                InstantSource.system(),
                System::nanoTime,
                new Random(7));
        var services = new ArrayList<BindableService>(api.publicServices());
        services.add(api.outputService());
        address = serve(services, meters);
        registry.deploy("resize", FunctionSpec.getDefaultInstance());
        api.start(address);
        running.add(api);
        Awaitility.await().until(router::connected);
    }

    @AfterAll
    void stop() throws Exception {
        for (var each : running.reversed()) {
            each.close();
        }
        stubs.close();
    }

    @Test
    void invokesAndTellsExecutorsWhereToPush() {
        router.executes = true;

        var invocation = invocations()
                .withDeadlineAfter(500, TimeUnit.SECONDS)
                .invokeFunction(request())
                .getInvocation();

        assertThat(invocation.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(router.sink).isNotNull().matches(sink -> sink.getAddress().equals(address));
        assertThat(router.dispatched.getLast().getDeadlineRemaining().getSeconds())
                .isBetween(300L, 500L);
    }

    @Test
    void speaksJsonOverHttp() throws Exception {
        router.executes = true;
        var body = "{\"invocation_id\": \"web-1\", \"target\": {\"function\": {\"name\": \"functions/resize\"}},"
                + " \"input\": {\"data\": \"MQ==\"}}";

        var answer = post("/v1/invocations:invoke", body);
        var refused = post("/v1/invocations:invoke", body.replace("functions/resize", "functions/none"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("invocations/web-1", "STATE_SUCCEEDED");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(get("/v1/invocations/web-1").body()).contains("STATE_SUCCEEDED");
        assertThat(get("/v1/invocations/web-404").statusCode()).isEqualTo(404);
        assertThat(get("/v1/invocations?page_size=5").body()).contains("invocations/web-1");
    }

    @Test
    void aCallerThatHangsUpWaitsNoMore() {
        router.executes = false;
        var caller = new Caller();
        stubs.of(address, InvocationServiceStub.class).invokeFunction(request(), caller);
        Awaitility.await().until(() -> waiters().equals("1.0"));

        caller.hangUp();

        Awaitility.await().until(() -> waiters().equals("0.0"));
    }

    @Test
    void followsOutputToTheEnd() {
        router.executes = false;
        invocations()
                .createInvocation(CreateInvocationRequest.newBuilder()
                        .setInvocationId("job")
                        .setTarget(InvokeFunctionTest.target("resize", ""))
                        .build());
        var events = invocations()
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .watchInvocation(WatchInvocationRequest.newBuilder()
                        .setName("invocations/job")
                        .build());
        var text = new StringBuilder();
        assertThat(events.next().getInvocation().getState()).isEqualTo(Invocation.State.STATE_PENDING);
        for (int i = 0; i < 100; i++) {
            router.output("default_job", 1, i * 10L, "0123456789");
        }
        router.succeed("default_job", "1");

        WatchInvocationResponse last = WatchInvocationResponse.getDefaultInstance();
        while (events.hasNext()) {
            last = events.next();
            text.append(last.getOutput().getData().toStringUtf8());
        }

        assertThat(text.toString()).isEqualTo("0123456789".repeat(100));
        assertThat(last.getInvocation().getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void relaysArtifacts() {
        var done = new CompletableFuture<Long>();
        var upload = stubs.of(address, RegistryServiceStub.class).uploadArtifact(new Ignored<UploadArtifactResponse>() {
            @Override
            public void onNext(UploadArtifactResponse response) {
                done.complete(response.getArtifact().getSizeBytes());
            }
        });
        for (int i = 0; i < 50; i++) {
            upload.onNext(UploadArtifactRequest.newBuilder()
                    .setData(ByteString.copyFrom(new byte[200_000]))
                    .build());
        }
        upload.onCompleted();

        assertThat(done.orTimeout(60, TimeUnit.SECONDS).join()).isEqualTo(10_000_000);
        var parts = new ArrayList<String>();
        stubs.of(address, RegistryServiceBlockingStub.class)
                .withDeadlineAfter(60, TimeUnit.SECONDS)
                .downloadArtifact(DownloadArtifactRequest.getDefaultInstance())
                .forEachRemaining(part -> parts.add(part.getData().toStringUtf8()));
        assertThat(parts).containsExactly("part0", "part1", "part2");
    }

    private InvocationServiceBlockingStub invocations() {
        return stubs.of(address, InvocationServiceBlockingStub.class);
    }

    private static InvokeFunctionRequest request() {
        return InvokeFunctionRequest.newBuilder()
                .setTarget(InvokeFunctionTest.target("resize", ""))
                .setInput(InvokeFunctionTest.json("1"))
                .build();
    }

    private String waiters() {
        try {
            return get("/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("modulate_api_waiters "))
                    .map(line -> line.substring(line.indexOf(' ') + 1))
                    .findFirst()
                    .orElse("");
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> post(String path, String body) throws java.io.IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://" + address + path))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> get(String path) throws java.io.IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://" + address + path)));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request)
            throws java.io.IOException, InterruptedException {
        // As curl and Prometheus do; the upgrade to HTTP/2 that this client would ask for is nobody's way in.
        try (var client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    private String serve(List<BindableService> services) {
        return serve(services, Meters.ofProcess());
    }

    private String serve(List<BindableService> services, PrometheusMeterRegistry meters) {
        var shell = new ServerShell(
                "test",
                "127.0.0.1",
                0,
                meters,
                services.stream().map(BindableService::bindService).toList(),
                server -> {});
        shell.start();
        running.add(shell);
        return "127.0.0.1:" + shell.port();
    }

    private static class Ignored<R> implements StreamObserver<R> {
        @Override
        public void onNext(R response) {}

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }

    private static final class Caller extends Ignored<InvokeFunctionResponse>
            implements ClientResponseObserver<InvokeFunctionRequest, InvokeFunctionResponse> {
        private @Nullable ClientCallStreamObserver<InvokeFunctionRequest> call;

        @Override
        public void beforeStart(ClientCallStreamObserver<InvokeFunctionRequest> started) {
            call = started;
        }

        void hangUp() {
            if (call != null) {
                call.cancel("enough", null);
            }
        }
    }
}
