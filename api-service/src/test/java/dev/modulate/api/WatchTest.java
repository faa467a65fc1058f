package dev.modulate.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.modulate.executor.v1.PushAck;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.registry.v1.FunctionSpec;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that follow an invocation. */
class WatchTest {
    private static final String TASK = "default_job";

    private final World world = World.ofOneRouter();

    @BeforeEach
    void create() {
        world.registry.deploy("train", FunctionSpec.getDefaultInstance());
        world.invocations()
                .createInvocation(CreateInvocationRequest.newBuilder()
                        .setInvocationId("job")
                        .setTarget(InvokeFunctionTest.target("train", ""))
                        .build());
    }

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void showsStatesAndOutputUpToTheOutcome() {
        var client = watch(0, 0, Integer.MAX_VALUE);
        world.router().placed(TASK, 1, true);
        world.router().output(TASK, 1, 0, "epoch 1\n");
        world.router().output(TASK, 1, 8, "epoch 2\n");
        world.router().succeed(TASK, "0.97");

        client.awaitEnd();

        assertThat(client.states())
                .containsExactly(
                        Invocation.State.STATE_PENDING,
                        Invocation.State.STATE_RUNNING,
                        Invocation.State.STATE_SUCCEEDED);
        assertThat(client.text()).isEqualTo("epoch 1\nepoch 2\n");
        assertThat(client.events.getLast().getInvocation().getOutcome().hasOutput())
                .isTrue();
    }

    @Test
    void resumesFromAnOffset() {
        world.router().output(TASK, 1, 0, "0123456789");

        var client = watch(1, 4, Integer.MAX_VALUE);
        world.router().output(TASK, 1, 10, "ab");
        world.router().succeed(TASK, "1");
        client.awaitEnd();

        assertThat(client.text()).isEqualTo("456789ab");
    }

    @Test
    void aNewAttemptVoidsTheOutputOfTheOld() {
        world.router().output(TASK, 1, 0, "old");
        var client = watch(1, 3, Integer.MAX_VALUE);

        world.router().output(TASK, 2, 0, "new");
        world.router().output(TASK, 1, 3, "late");
        world.router().succeed(TASK, "1");
        client.awaitEnd();

        assertThat(client.text()).isEqualTo("new");
    }

    @Test
    void outputThatComesAgainIsShownOnce() {
        var client = watch(0, 0, Integer.MAX_VALUE);
        world.router().output(TASK, 1, 0, "abc");
        world.router().output(TASK, 1, 0, "abcdef");
        world.router().succeed(TASK, "1");
        client.awaitEnd();

        assertThat(client.text()).isEqualTo("abcdef");
    }

    @Test
    void aFinishedInvocationStillShowsItsOutput() {
        world.router().output(TASK, 1, 0, "all of it");
        world.router().succeed(TASK, "1");

        var client = watch(0, 0, Integer.MAX_VALUE);
        client.awaitEnd();

        assertThat(client.text()).isEqualTo("all of it");
        assertThat(client.states()).containsExactly(Invocation.State.STATE_SUCCEEDED, Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void anEndThatComesWhileTheFirstStateIsReadDoesNotCutTheOutputOff() {
        world.router().output(TASK, 1, 0, "all of it");
        world.router().whileLocating = () -> world.router().succeed(TASK, "1");

        var client = watch(0, 0, Integer.MAX_VALUE);
        client.awaitEnd();

        assertThat(client.text()).isEqualTo("all of it");
        assertThat(client.states().getLast()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void asksTheRoutersForTheOutputThatIsMissing() {
        world.router().output(TASK, 1, 0, "12345");

        watch(0, 0, Integer.MAX_VALUE);

        var asked = world.router().watches.getLast();
        assertThat(asked.getTaskId()).isEqualTo(TASK);
        assertThat(asked.getAttempt()).isEqualTo(1);
        assertThat(asked.getOffset()).isEqualTo(5);
    }

    @Test
    void aSlowReaderGetsTheNewestOutputAndHoldsUpNobody() {
        var client = watch(0, 0, 1);
        var block = "x".repeat(64 * 1024);
        for (int i = 0; i < 40; i++) {
            world.router().output(TASK, 1, (long) i * block.length(), block);
        }
        world.router().succeed(TASK, "1");

        client.request(Integer.MAX_VALUE);
        client.awaitEnd();

        assertThat(client.text().length()).isBetween(15 * block.length(), 20 * block.length());
        assertThat(client.states().getLast()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
    }

    @Test
    void outputIsAcknowledgedAndOutputNobodyAskedForIsUnwanted() {
        world.router().output(TASK, 1, 0, "12345");
        world.router().output("default_stranger", 1, 0, "12345");

        Awaitility.await().until(() -> acks().size() >= 2);
        assertThat(acks())
                .contains(PushAck.newBuilder()
                        .setTaskId(TASK)
                        .setAttempt(1)
                        .setOffset(5)
                        .build());
        assertThat(acks())
                .contains(PushAck.newBuilder()
                        .setTaskId("default_stranger")
                        .setAttempt(1)
                        .setOffset(5)
                        .setUnwanted(true)
                        .build());
        world.router().succeed(TASK, "1");
        assertThat(acks().getLast().getResult()).isTrue();
        assertThat(world.router().pushAnswers.getFirst().getWelcome().getIncarnation())
                .isEqualTo(incarnation());
    }

    @Test
    void unknownInvocationsAreNotFound() {
        var client = new Client(Integer.MAX_VALUE);
        world.invocationsAsync()
                .watchInvocation(
                        WatchInvocationRequest.newBuilder()
                                .setName("invocations/nope")
                                .build(),
                        client);

        assertThat(client.ended
                        .handle((_, cause) -> Status.fromThrowable(cause).getCode())
                        .join())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void aWatchThatIsGoneWaitsNoMore() {
        var client = watch(0, 0, Integer.MAX_VALUE);

        client.cancel();

        Awaitility.await()
                .until(() -> world.meters.get("modulate.api.waiters").gauge().value() == 0);
    }

    private String incarnation() {
        var sink = world.router().sink;
        return sink == null ? "" : sink.getIncarnation();
    }

    private List<PushAck> acks() {
        return world.router().pushAnswers.stream()
                .filter(PushResponse::hasAck)
                .map(PushResponse::getAck)
                .toList();
    }

    private Client watch(long attempt, long offset, int messages) {
        var client = new Client(messages);
        world.invocationsAsync()
                .watchInvocation(
                        WatchInvocationRequest.newBuilder()
                                .setName("invocations/job")
                                .setAttempt(attempt)
                                .setOutputOffset(offset)
                                .build(),
                        client);
        Awaitility.await().until(() -> !client.events.isEmpty());
        return client;
    }

    private static final class Client
            implements ClientResponseObserver<WatchInvocationRequest, WatchInvocationResponse> {
        final List<WatchInvocationResponse> events = new CopyOnWriteArrayList<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final int messages;
        private @Nullable ClientCallStreamObserver<WatchInvocationRequest> call;

        Client(int messages) {
            this.messages = messages;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchInvocationRequest> started) {
            call = started;
            started.disableAutoRequestWithInitial(messages);
        }

        void request(int more) {
            if (call != null) {
                call.request(more);
            }
        }

        void cancel() {
            if (call != null) {
                call.cancel("enough", null);
            }
        }

        @Override
        public void onNext(WatchInvocationResponse event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable cause) {
            ended.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            ended.complete(null);
        }

        void awaitEnd() {
            ended.orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join();
        }

        List<Invocation.State> states() {
            return events.stream()
                    .filter(WatchInvocationResponse::hasInvocation)
                    .map(event -> event.getInvocation().getState())
                    .toList();
        }

        String text() {
            return events.stream()
                    .filter(WatchInvocationResponse::hasOutput)
                    .map(event -> event.getOutput().getData())
                    .map(ByteString::toStringUtf8)
                    .collect(Collectors.joining());
        }
    }
}
