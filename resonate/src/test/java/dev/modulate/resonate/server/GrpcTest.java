package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.server.auth.AuthSettings;
import dev.modulate.resonate.v1.PollRequest;
import dev.modulate.resonate.v1.PollResponse;
import dev.modulate.resonate.v1.PromiseCreateData;
import dev.modulate.resonate.v1.PromiseCreateRequest;
import dev.modulate.resonate.v1.PromiseGetRequest;
import dev.modulate.resonate.v1.PromiseRegisterCallbackData;
import dev.modulate.resonate.v1.PromiseRegisterListenerRequest;
import dev.modulate.resonate.v1.PromiseSearchRequest;
import dev.modulate.resonate.v1.PromiseSettleData;
import dev.modulate.resonate.v1.PromiseSettleRequest;
import dev.modulate.resonate.v1.PromiseState;
import dev.modulate.resonate.v1.RequestHead;
import dev.modulate.resonate.v1.ResonateServiceGrpc;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceBlockingStub;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceStub;
import dev.modulate.resonate.v1.ScheduleCreateRequest;
import dev.modulate.resonate.v1.TaskCreateRequest;
import dev.modulate.resonate.v1.TaskFenceRequest;
import dev.modulate.resonate.v1.TaskFulfillRequest;
import dev.modulate.resonate.v1.TaskState;
import dev.modulate.resonate.v1.TaskSuspendRequest;
import dev.modulate.resonate.v1.Value;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol over gRPC is the protocol over HTTP. */
class GrpcTest {
    private static final RequestHead HEAD =
            RequestHead.newBuilder().setCorrId("7").setVersion("2026-04-01").build();
    private static final long LATER = Long.MAX_VALUE / 2;

    @TempDir
    Path folder;

    @Test
    void aTaskLivesItsLifeAndHttpSeesIt() {
        try (var server = RunningServer.open(folder)) {
            var stub = stub(server);
            var created = stub.taskCreate(TaskCreateRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(TaskCreateRequest.Data.newBuilder()
                            .setPid("me")
                            .setTtl(60_000)
                            .setAction(promise("a", Map.of("resonate:target", "poll://any@g"))))
                    .build());
            assertThat(created.getHead().getCorrId()).isEqualTo("7");
            assertThat(created.getHead().getStatus()).isEqualTo(200);
            assertThat(created.getData().getTask().getState()).isEqualTo(TaskState.TASK_STATE_ACQUIRED);
            assertThat(created.getData().getTask().getPid()).isEqualTo("me");

            var fenced = stub.taskFence(TaskFenceRequest.newBuilder()
                            .setHead(HEAD)
                            .setData(TaskFenceRequest.Data.newBuilder()
                                    .setId("a")
                                    .setVersion(1)
                                    .setCreate(promise("a.1", Map.of())))
                            .build())
                    .getData();
            assertThat(fenced.getStatus()).isEqualTo(200);
            assertThat(fenced.getPromise().getState()).isEqualTo(PromiseState.PROMISE_STATE_PENDING);
            stub.promiseSettle(settle("a.1"));
            var suspended = stub.taskSuspend(TaskSuspendRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(TaskSuspendRequest.Data.newBuilder()
                            .setId("a")
                            .setVersion(1)
                            .addActions(PromiseRegisterCallbackData.newBuilder()
                                    .setAwaited("a.1")
                                    .setAwaiter("a")))
                    .build());
            assertThat(suspended.getHead().getStatus()).isEqualTo(300);
            assertThat(suspended.hasRedirect()).isTrue();

            var fulfilled = stub.taskFulfill(TaskFulfillRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(TaskFulfillRequest.Data.newBuilder()
                            .setId("a")
                            .setVersion(1)
                            .setAction(settle("a").getData()))
                    .build());
            assertThat(fulfilled.getData().getPromise().getValue().getData()).isEqualTo("NDI=");
            assertThat(server.post(RunningServer.envelope("promise.get", "", "{\"id\":\"a\"}"))
                            .body())
                    .contains("\"state\":\"resolved\"")
                    .contains("NDI=");
            var page = stub.promiseSearch(PromiseSearchRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(PromiseSearchRequest.Data.newBuilder().setLimit(1))
                    .build());
            assertThat(page.getData().getPromisesList()).hasSize(1);
            assertThat(page.getData().getCursor()).isEqualTo("a");
        }
    }

    @Test
    void refusalsAreStatusesOfTheHead() {
        try (var server = RunningServer.open(folder)) {
            var stub = stub(server);
            var missing = stub.promiseGet(get("nowhere", HEAD));
            assertThat(missing.getHead().getStatus()).isEqualTo(404);
            assertThat(missing.getError()).isNotEmpty();
            assertThat(stub.promiseGet(get("", HEAD)).getHead().getStatus()).isEqualTo(400);
            var old = HEAD.toBuilder().setVersion("2025").build();
            assertThat(stub.promiseGet(get("a", old)).getError()).contains("Unsupported protocol version 2025");
            var settled = stub.promiseSettle(PromiseSettleRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(PromiseSettleData.newBuilder().setId("a"))
                    .build());
            assertThat(settled.getHead().getStatus()).isEqualTo(400);
            assertThat(settled.getError()).contains("data.state: PROMISE_STATE_UNSPECIFIED");
            var schedule = stub.scheduleCreate(ScheduleCreateRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(ScheduleCreateRequest.Data.newBuilder().setId("s").setCron("nonsense"))
                    .build());
            assertThat(schedule.getHead().getStatus()).isEqualTo(400);
        }
    }

    @Test
    void messagesComeDownAStream() {
        try (var server = RunningServer.open(folder)) {
            var stub = stub(server);
            var received = new ConcurrentLinkedQueue<PollResponse>();
            var call = new AtomicReference<ClientCallStreamObserver<PollRequest>>();
            GrpcClients.newClient("gproto+" + server.url("/"), ResonateServiceStub.class)
                    .poll(poll(HEAD), collect(received, call));
            await().until(() -> received.stream().anyMatch(PollResponse::hasConnected));
            stub.promiseCreate(PromiseCreateRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(promise("a", Map.of("resonate:target", "poll://any@g")))
                    .build());
            stub.promiseRegisterListener(PromiseRegisterListenerRequest.newBuilder()
                    .setHead(HEAD)
                    .setData(PromiseRegisterListenerRequest.Data.newBuilder()
                            .setAwaited("a")
                            .setAddress("poll://uni@g/me"))
                    .build());
            stub.promiseSettle(settle("a"));

            await().until(() -> received.stream().anyMatch(PollResponse::hasUnblock));
            assertThat(received.stream().filter(PollResponse::hasExecute).findFirst())
                    .hasValueSatisfying(message ->
                            assertThat(message.getExecute().getTaskId()).isEqualTo("a"));
            assertThat(received.stream().filter(PollResponse::hasUnblock).findFirst())
                    .hasValueSatisfying(message -> assertThat(
                                    message.getUnblock().getPromise().getState())
                            .isEqualTo(PromiseState.PROMISE_STATE_RESOLVED));
            call.get().cancel("enough", null);
            await().until(() -> server.gauge("modulate.resonate.poll.connections") == 0);
        }
    }

    @Test
    void tokensAreAskedForHereToo() {
        var auth = new AuthSettings(AuthSettings.NO_SIGNATURES, "", "");
        try (var server =
                new RunningServer(RunningServer.settings(folder, PollGroups.CONNECTIONS_MAX, List.of("any"), auth))) {
            var stub = stub(server);
            assertThat(stub.promiseGet(get("a", HEAD)).getHead().getStatus()).isEqualTo(401);
            // {"exp":4000000000,"prefix":"a"}
            var known = HEAD.toBuilder()
                    .setAuth("e30.eyJleHAiOjQwMDAwMDAwMDAsInByZWZpeCI6ImEifQ.")
                    .build();
            assertThat(stub.promiseGet(get("a", known)).getHead().getStatus()).isEqualTo(404);
            assertThat(stub.promiseGet(get("b", known)).getHead().getStatus()).isEqualTo(403);
            assertThatThrownBy(() -> stub.poll(poll(HEAD)).next())
                    .isInstanceOfSatisfying(
                            StatusRuntimeException.class,
                            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
        }
    }

    private static ResonateServiceBlockingStub stub(RunningServer server) {
        return GrpcClients.newClient(
                "gproto+" + server.url("/"), ResonateServiceGrpc.ResonateServiceBlockingStub.class);
    }

    private static ClientResponseObserver<PollRequest, PollResponse> collect(
            ConcurrentLinkedQueue<PollResponse> received, AtomicReference<ClientCallStreamObserver<PollRequest>> call) {
        return new ClientResponseObserver<>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<PollRequest> stream) {
                call.set(stream);
            }

            @Override
            public void onNext(PollResponse message) {
                received.add(message);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {}
        };
    }

    private static PollRequest poll(RequestHead head) {
        return PollRequest.newBuilder().setHead(head).setGroup("g").setId("me").build();
    }

    private static PromiseGetRequest get(String id, RequestHead head) {
        return PromiseGetRequest.newBuilder()
                .setHead(head)
                .setData(PromiseGetRequest.Data.newBuilder().setId(id))
                .build();
    }

    private static PromiseCreateData promise(String id, Map<String, String> tags) {
        return PromiseCreateData.newBuilder()
                .setId(id)
                .setTimeoutAt(LATER)
                .putAllTags(tags)
                .build();
    }

    private static PromiseSettleRequest settle(String id) {
        return PromiseSettleRequest.newBuilder()
                .setHead(HEAD)
                .setData(PromiseSettleData.newBuilder()
                        .setId(id)
                        .setState(PromiseState.PROMISE_STATE_RESOLVED)
                        .setValue(Value.newBuilder().setData("NDI=")))
                .build();
    }
}
