package dev.modulate.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.observability.link.Stubs;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.resonate.embedded.EmbeddedResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import dev.modulate.router.v1.ApiHello;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.NodeHello;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.BindableService;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A router as it runs: its own thread, a port, the embedded promise store. */
class RouterTest {
    private static final int CALLS = 2_000;
    private static final int SLOTS = 64;
    private static final int WINDOW = 500;
    private static final int REPORT_EVERY = 50;

    @TempDir
    Path folder;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Stubs stubs = new Stubs();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private RocksStore store;
    private PromiseLane lane;
    private EmbeddedResonate resonate;
    private Router router;
    private ServerShell shell;

    @BeforeEach
    void start() {
        var random = new Random(1);
        store = RocksStore.open(folder);
        var groups = new PollGroups(random);
        lane = new PromiseLane(new Machine(Rules.DEFAULT), store, groups, InstantSource.system());
        lane.start();
        resonate = new EmbeddedResonate(lane, groups, random);
        var settings = RouterSettings.read(new SettingsReader(SettingsSource.of(Map.of("router.port", "0"))));
        var meters = Meters.ofProcess();
        var registry = stubs.of(settings.registry(), RegistryServiceStub.class);
        router = new Router(
                settings, "test", resonate, registry, meters, InstantSource.system(), System::nanoTime, random);
        var services =
                router.services().stream().map(BindableService::bindService).toList();
        shell = new ServerShell("router", settings.host(), settings.port(), meters, services, server -> {});
        router.start();
        shell.start();
    }

    @AfterEach
    void close() {
        timer.shutdownNow();
        shell.close();
        router.close();
        lane.close();
        store.close();
        stubs.close();
    }

    @Test
    void carriesCallsOverTheNetworkFasterThanItsStreamsAreWide() {
        var stub = stubs.of("127.0.0.1:" + shell.port(), RouterServiceStub.class);
        var executor = new InstantExecutor();
        var api = new PumpingApi();
        try (var attached = link("attach", stub::attach, executor);
                var dispatching = link("dispatch", stub::dispatch, api)) {
            attached.start();
            dispatching.start();
            await().pollInterval(java.time.Duration.ofMillis(20))
                    .atMost(java.time.Duration.ofSeconds(60))
                    .until(() -> finished.get() == CALLS);
            assertThat(accepted.get()).isEqualTo(CALLS);
        }
    }

    private <Q, R> StreamLink<Q, R> link(String name, StreamLink.Dial<Q, R> dial, StreamLink.Owner<Q, R> owner) {
        return new StreamLink<>(name, "router", dial, owner, 10_000, timer, new Random(1), Meters.ofProcess());
    }

    /** Settles whatever it is given at once. */
    private final class InstantExecutor implements StreamLink.Owner<AttachRequest, AttachResponse> {
        private volatile @Nullable Outbox<AttachRequest> outbox;

        @Override
        public void opened(Outbox<AttachRequest> opened) {
            outbox = opened;
            opened.offer(AttachRequest.newBuilder()
                    .setHello(NodeHello.newBuilder()
                            .setProfile(NodeProfile.newBuilder()
                                    .setNodeId("n1")
                                    .setIncarnation(1)
                                    .setPool("cpu")
                                    .setSlotCount(SLOTS)))
                    .build());
        }

        @Override
        public void received(AttachResponse message) {
            if (message.hasAssignment()) {
                var assignment = message.getAssignment();
                say(assignment, AssignmentUpdate.State.STATE_RUNNING);
                String id = assignment.getTask().getTaskId();
                var settle = new Request.PromiseSettle(id, PromiseState.RESOLVED, Value.EMPTY);
                resonate.send(new Request.TaskFulfill(id, assignment.getTask().getVersion(), settle))
                        .whenComplete((reply, failure) -> {
                            say(assignment, AssignmentUpdate.State.STATE_FINISHED);
                            if (finished.incrementAndGet() % REPORT_EVERY == 0) {
                                report();
                            }
                        });
            }
        }

        private void report() {
            var open = outbox;
            if (open != null) {
                open.offer(AttachRequest.newBuilder()
                        .setLoad(LoadReport.getDefaultInstance())
                        .build());
            }
        }

        private void say(Assignment assignment, AssignmentUpdate.State state) {
            var open = outbox;
            if (open != null) {
                open.offer(AttachRequest.newBuilder()
                        .setUpdate(AssignmentUpdate.newBuilder()
                                .setTask(assignment.getTask())
                                .setState(state))
                        .build());
            }
        }

        @Override
        public void ended(Throwable cause) {}
    }

    /** Keeps a window of calls under way. */
    private final class PumpingApi implements StreamLink.Owner<DispatchRequest, DispatchResponse> {
        private volatile @Nullable Outbox<DispatchRequest> outbox;
        private final AtomicInteger next = new AtomicInteger();

        @Override
        public void opened(Outbox<DispatchRequest> opened) {
            outbox = opened;
            opened.offer(DispatchRequest.newBuilder()
                    .setHello(ApiHello.getDefaultInstance())
                    .build());
            for (int i = 0; i < WINDOW; i++) {
                send();
            }
        }

        @Override
        public void received(DispatchResponse message) {
            if (message.hasAccepted()) {
                accepted.incrementAndGet();
                send();
            }
        }

        private void send() {
            int number = next.getAndIncrement();
            var open = outbox;
            if (number >= CALLS || open == null) {
                return;
            }
            var record = InvocationRecord.newBuilder()
                    .setTenant("default")
                    .setInvocationId("call-" + number)
                    .setTarget(Target.newBuilder()
                            .setFunction(FunctionRef.newBuilder().setName("functions/f")))
                    .setVersion(1)
                    .setInput(Payload.newBuilder().setData(ByteString.copyFromUtf8("{}")));
            open.offer(DispatchRequest.newBuilder()
                    .setCorrelationId(number + 1)
                    .setInvocation(DispatchInvocation.newBuilder()
                            .setRecord(record)
                            .setRequestSha256("sha")
                            .setDeadlineRemaining(Duration.newBuilder().setSeconds(60)))
                    .build());
        }

        @Override
        public void ended(Throwable cause) {}
    }
}
