package dev.modulate.cli.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.GetInvocationResponse;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WebChannelTest {
    private static final int CHUNKS = 500;

    private static ServerShell server;
    private static WebChannel channel;

    @BeforeAll
    static void serve() {
        var services = List.of(new Invocations().bindService(), new Registry().bindService());
        server = new ServerShell("test", "127.0.0.1", 0, Meters.ofProcess(), services, routes -> {});
        server.start();
        channel = new WebChannel(URI.create("http://127.0.0.1:" + server.port()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aUnaryCallIsAnswered() {
        var answer = InvocationServiceGrpc.newBlockingStub(channel).getInvocation(named("invocations/a"));

        assertThat(answer.getInvocation().getName()).isEqualTo("invocations/a");
    }

    @Test
    void aRefusalCarriesItsWordsAndItsDetails() {
        var stub = InvocationServiceGrpc.newBlockingStub(channel);

        assertThatThrownBy(() -> stub.getInvocation(named("100 % wrong: ü"))).satisfies(thrown -> {
            assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(Status.fromThrowable(thrown).getDescription())
                    .isEqualTo("name: \"100 % wrong: ü\" (expected: invocations/ID)");
            assertThat(Objects.requireNonNull(StatusProto.fromThrowable(thrown)).getDetailsCount())
                    .isEqualTo(1);
        });
    }

    @Test
    void aStreamOfAnswersArrivesInOrderHoweverSlowlyItIsRead() {
        var events = InvocationServiceGrpc.newBlockingStub(channel)
                .watchInvocation(WatchInvocationRequest.newBuilder()
                        .setName("invocations/a")
                        .build());
        var offsets = new ArrayList<Long>();
        events.forEachRemaining(event -> offsets.add(event.getOutput().getOffset()));

        assertThat(offsets).hasSize(CHUNKS).isSorted().endsWith(CHUNKS - 1L);
    }

    @Test
    void aStreamOfRequestsIsTakenInOneExchange() {
        var answers = new ArrayList<UploadArtifactResponse>();
        var upload = RegistryServiceGrpc.newStub(channel).uploadArtifact(new StreamObserver<>() {
            @Override
            public void onNext(UploadArtifactResponse answer) {
                answers.add(answer);
            }

            @Override
            public void onError(Throwable cause) {
                throw new AssertionError(cause);
            }

            @Override
            public void onCompleted() {}
        });
        for (int i = 0; i < 100; i++) {
            upload.onNext(UploadArtifactRequest.newBuilder()
                    .setData(ByteString.copyFrom(new byte[10_000]))
                    .build());
        }
        upload.onCompleted();

        assertThat(answers)
                .singleElement()
                .satisfies(answer ->
                        assertThat(answer.getArtifact().getSizeBytes()).isEqualTo(1_000_000));
    }

    @Test
    void aDeadlineEndsACallThatIsNotAnswered() {
        var stub = InvocationServiceGrpc.newBlockingStub(channel).withDeadlineAfter(300, TimeUnit.MILLISECONDS);

        assertThatThrownBy(() -> stub.getInvocation(named("invocations/never")))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        thrown -> assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    }

    @Test
    void nobodyThereIsUnavailableAndSaysWhere() {
        var nowhere = new WebChannel(URI.create("http://127.0.0.1:1"));

        assertThatThrownBy(() -> InvocationServiceGrpc.newBlockingStub(nowhere).getInvocation(named("a")))
                .isInstanceOfSatisfying(StatusRuntimeException.class, thrown -> {
                    assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                    assertThat(thrown.getStatus().getDescription())
                            .startsWith("no platform answers at http://127.0.0.1:1");
                });
    }

    private static GetInvocationRequest named(String name) {
        return GetInvocationRequest.newBuilder().setName(name).build();
    }

    private static final class Invocations extends InvocationServiceGrpc.InvocationServiceImplBase {
        @Override
        public void getInvocation(GetInvocationRequest request, StreamObserver<GetInvocationResponse> answer) {
            if (request.getName().equals("invocations/never")) {
                return;
            }
            if (!request.getName().startsWith("invocations/")) {
                answer.onError(GrpcErrors.invalid("name", request.getName(), "invocations/ID"));
                return;
            }
            answer.onNext(GetInvocationResponse.newBuilder()
                    .setInvocation(Invocation.newBuilder().setName(request.getName()))
                    .build());
            answer.onCompleted();
        }

        @Override
        public void watchInvocation(WatchInvocationRequest request, StreamObserver<WatchInvocationResponse> answer) {
            for (long i = 0; i < CHUNKS; i++) {
                answer.onNext(WatchInvocationResponse.newBuilder()
                        .setOutput(OutputChunk.newBuilder().setOffset(i))
                        .build());
            }
            answer.onCompleted();
        }
    }

    private static final class Registry extends RegistryServiceGrpc.RegistryServiceImplBase {
        @Override
        public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<UploadArtifactResponse> answer) {
            return new StreamObserver<>() {
                private long bytes;

                @Override
                public void onNext(UploadArtifactRequest request) {
                    bytes += request.getData().size();
                }

                @Override
                public void onError(Throwable cause) {
                    answer.onError(cause);
                }

                @Override
                public void onCompleted() {
                    var response = UploadArtifactResponse.newBuilder();
                    response.getArtifactBuilder().setSizeBytes(bytes);
                    answer.onNext(response.build());
                    answer.onCompleted();
                }
            };
        }
    }
}
