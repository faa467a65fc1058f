package dev.modulate.resonate.server;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpRequestWriter;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.modulate.resonate.v1.PollRequest;
import dev.modulate.resonate.v1.PromiseCreateRequest;
import dev.modulate.resonate.v1.RequestHead;
import dev.modulate.resonate.v1.ResonateServiceGrpc;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceBlockingStub;
import dev.modulate.resonate.v1.ResonateServiceGrpc.ResonateServiceStub;
import dev.modulate.resonate.v1.Value;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.ClientCallStreamObserver;
import io.micrometer.core.instrument.Gauge;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link FuzzTest} shows over HTTP, over gRPC. A run is repeated with {@code -Dfuzz.seed=N}. */
class GrpcFuzzTest {
    private static final int REQUESTS = 1_500;
    private static final int BEGUN = 60;
    private static final int STREAMS = 40;
    private static final Set<Integer> CLEAR = Set.of(200, 300, 400, 401, 403, 404, 409, 422);

    /** What a message is answered with that cannot be read, as by every gRPC server in Java. */
    private static final Set<Status.Code> UNREADABLE = Set.of(Status.Code.INTERNAL);

    /** The transport does not say more of a body that ends before its frame does. */
    private static final Set<Status.Code> BROKEN_FRAME =
            Set.of(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED, Status.Code.UNKNOWN);

    private static final RequestHead HEAD =
            RequestHead.newBuilder().setVersion("2026-04-01").build();
    private static final List<MethodDescriptor<?, ?>> UNARY =
            ResonateServiceGrpc.getServiceDescriptor().getMethods().stream()
                    .filter(method -> method.getType() == MethodType.UNARY)
                    .<MethodDescriptor<?, ?>>map(method -> method)
                    .toList();

    private final long seed = Long.getLong("fuzz.seed", 20_261_126L);
    private final ClientFactory connections = ClientFactory.builder().build();

    @TempDir
    Path folder;

    private RunningServer server;
    private WebClient client;

    @BeforeEach
    void start() {
        System.out.println("fuzz.seed=" + seed);
        server = RunningServer.open(folder);
        client = WebClient.builder("h2c://127.0.0.1:" + server.port())
                .factory(connections)
                .build();
    }

    @AfterEach
    void nothingStaysBehind() {
        connections.close();
        await().untilAsserted(() -> {
            assertThat(server.gauge("modulate.resonate.poll.connections")).isZero();
            assertThat(server.gauge("modulate.resonate.poll.waiting")).isZero();
            assertThat(openCalls()).isZero();
        });
        assertThat(server.get("/ready").statusCode()).isEqualTo(200);
        assertThat(server.post(RunningServer.envelope("promise.get", "", "{\"id\":\"nowhere\"}"))
                        .statusCode())
                .isEqualTo(404);
        server.close();
    }

    /** Calls that the server has not ended, those included of which a part is still to come. */
    private int openCalls() {
        var calls = server.meters
                .find("armeria.server.all.requests")
                .tag("protocol", "http2")
                .gauges();
        assertThat(calls).as("gauges of requests").isNotEmpty();
        return (int) calls.stream().mapToDouble(Gauge::value).sum();
    }

    @Test
    void everyRequestGetsAClearStatus() throws InvalidProtocolBufferException {
        var nonsense = new ProtoNonsense(seed);
        var random = new Random(seed);
        Map<Status.Code, Integer> codes = new EnumMap<>(Status.Code.class);
        int served = 0;
        for (int i = 0; i < REQUESTS; i++) {
            var method = UNARY.get(random.nextInt(UNARY.size()));
            byte[] frame = nonsense.frame(input(method));
            var response = post(method, frame);
            String shown = "seed " + seed + " request " + i + ": " + method.getFullMethodName() + " of " + frame.length
                    + " bytes -> " + response.headers() + response.trailers();
            assertThat(response.status().code()).as(shown).isEqualTo(200);
            var code = code(response);
            codes.merge(code, 1, Integer::sum);
            if (code == Status.Code.OK) {
                int status = status(method, response);
                assertThat(status).as(shown).isIn(CLEAR);
                served += status < 400 ? 1 : 0;
            } else {
                assertThat(code).as(shown).isIn(ProtoNonsense.whole(frame) ? UNREADABLE : BROKEN_FRAME);
            }
        }
        System.out.println(codes + ", " + served + " were served");
        assertThat(codes.keySet()).contains(Status.Code.INTERNAL, Status.Code.RESOURCE_EXHAUSTED);
        assertThat(served).as("seed %d: requests that were right", seed).isBetween(REQUESTS / 20, REQUESTS - 1);
    }

    @Test
    void fieldsBeyondTheLimitAreRefusedAndThoseWithinItServed() {
        var stub = GrpcClients.builder("gproto+h2c://127.0.0.1:" + server.port())
                .factory(connections)
                .build(ResonateServiceBlockingStub.class);
        assertThat(stub.promiseCreate(large("fits", 3 << 20)).getHead().getStatus())
                .isEqualTo(200);
        assertThatThrownBy(() -> stub.promiseCreate(large("large", 5 << 20)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
    }

    @Test
    void callsThatAreLeftHalfwayCostNothing() {
        byte[] whole = framed(large("p", 1_000));
        var begun = new ArrayList<HttpRequestWriter>();
        for (int i = 0; i < BEGUN; i++) {
            var request = HttpRequest.streaming(headers(UNARY.get(i % UNARY.size())));
            var response = client.execute(request);
            response.subscribe();
            request.write(HttpData.wrap(Arrays.copyOf(whole, i % 7)));
            if (i % 3 == 0) {
                request.abort();
            } else if (i % 3 == 1) {
                // Without the rest of its message.
                request.close();
            } else {
                begun.add(request);
            }
        }
        // All have reached the server, and those of which no more can come have ended.
        await().untilAsserted(() -> assertThat(openCalls()).isEqualTo(begun.size()));
        assertThat(server.get("/ready").statusCode()).isEqualTo(200);
        begun.forEach(HttpRequestWriter::abort);
    }

    @Test
    void readersThatTakeNothingAndStreamsThatAreCancelledLeaveNothing() {
        var calls = new ArrayList<ClientCallStreamObserver<PollRequest>>();
        for (int i = 0; i < STREAMS; i++) {
            calls.add(idle("idle-" + i));
        }
        await().until(() -> server.gauge("modulate.resonate.poll.connections") == STREAMS);
        String value = "x".repeat(64 << 10);
        for (int i = 0; i < 200; i++) {
            server.settle("p" + i, "poll://uni@g/idle-7", value);
        }
        await().until(() -> server.gauge("modulate.resonate.poll.waiting") > 0);
        for (int i = 0; i < STREAMS; i += 2) {
            calls.get(i).cancel("enough", null);
        }
        await().until(() -> server.gauge("modulate.resonate.poll.connections") == STREAMS / 2);
        // The others, one of which has messages that wait, are ended by their connection.
    }

    private ClientCallStreamObserver<PollRequest> idle(String id) {
        var call = new AtomicReference<ClientCallStreamObserver<PollRequest>>();
        GrpcClients.builder("gproto+h2c://127.0.0.1:" + server.port())
                .factory(connections)
                .responseTimeoutMillis(0)
                .build(ResonateServiceStub.class)
                .poll(
                        PollRequest.newBuilder()
                                .setHead(HEAD)
                                .setGroup("g")
                                .setId(id)
                                .build(),
                        KeepAliveTest.takesNothing(call));
        return call.get();
    }

    private static PromiseCreateRequest large(String id, int chars) {
        var request = PromiseCreateRequest.newBuilder().setHead(HEAD);
        request.getDataBuilder()
                .setId(id)
                .setTimeoutAt(Long.MAX_VALUE / 2)
                .setParam(Value.newBuilder().setData("x".repeat(chars)));
        return request.build();
    }

    private static byte[] framed(Message message) {
        return java.nio.ByteBuffer.allocate(5 + message.getSerializedSize())
                .put((byte) 0)
                .putInt(message.getSerializedSize())
                .put(message.toByteArray())
                .array();
    }

    private static Descriptor input(MethodDescriptor<?, ?> method) {
        var schema = (ProtoMethodDescriptorSupplier) requireNonNull(method.getSchemaDescriptor());
        return schema.getMethodDescriptor().getInputType();
    }

    private AggregatedHttpResponse post(MethodDescriptor<?, ?> method, byte[] frame) {
        return client.execute(HttpRequest.of(headers(method), HttpData.wrap(frame)))
                .aggregate()
                .join();
    }

    private static RequestHeaders headers(MethodDescriptor<?, ?> method) {
        return RequestHeaders.builder(HttpMethod.POST, "/" + method.getFullMethodName())
                .contentType(MediaType.parse("application/grpc+proto"))
                .add("te", "trailers")
                .build();
    }

    /** In the trailers, or in the headers of an answer without a body. */
    private static Status.Code code(AggregatedHttpResponse response) {
        String code = response.trailers().get("grpc-status", response.headers().get("grpc-status", "none"));
        return Status.fromCodeValue(Integer.parseInt(code)).getCode();
    }

    /** In the head of the message: how the operation ended. */
    private static int status(MethodDescriptor<?, ?> method, AggregatedHttpResponse response)
            throws InvalidProtocolBufferException {
        byte[] body = response.content().array();
        var marshaller = (MethodDescriptor.PrototypeMarshaller<?>) method.getResponseMarshaller();
        var prototype = (Message) requireNonNull(marshaller.getMessagePrototype());
        var message = prototype
                .newBuilderForType()
                .mergeFrom(Arrays.copyOfRange(body, 5, body.length))
                .build();
        var head = (dev.modulate.resonate.v1.ResponseHead)
                message.getField(message.getDescriptorForType().findFieldByName("head"));
        return head.getStatus();
    }
}
