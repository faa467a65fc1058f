package dev.modulate.api;

import com.google.protobuf.ByteString;
import dev.modulate.executor.v1.OutputServiceGrpc.OutputServiceStub;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.PushHello;
import dev.modulate.executor.v1.PushOutput;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Outcome;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.SettlementRecord;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.v1.ApiWelcome;
import dev.modulate.router.v1.DispatchAccepted;
import dev.modulate.router.v1.DispatchCancel;
import dev.modulate.router.v1.DispatchExisting;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.DispatchPlaced;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.DispatchSettled;
import dev.modulate.router.v1.DispatchWatch;
import dev.modulate.router.v1.LocateInvocationRequest;
import dev.modulate.router.v1.LocateInvocationResponse;
import dev.modulate.router.v1.RouterServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A router and an executor in one. It writes the promise and accepts; the test then plays the executor: {@link #succeed},
 * {@link #fail}, {@link #output}. What it answers to an invocation can be replaced.
 */
final class FakeRouter extends RouterServiceGrpc.RouterServiceImplBase {
    final List<DispatchInvocation> dispatched = new CopyOnWriteArrayList<>();
    final List<DispatchCancel> cancels = new CopyOnWriteArrayList<>();
    final List<DispatchWatch> watches = new CopyOnWriteArrayList<>();
    final List<PushResponse> pushAnswers = new CopyOnWriteArrayList<>();
    final Map<String, LocateInvocationResponse> located = new ConcurrentHashMap<>();
    volatile @Nullable OutputSink sink;
    volatile boolean executes;

    /** What happens while somebody asks where an invocation is. */
    volatile Runnable whileLocating = () -> {};

    volatile BiFunction<Stream, DispatchRequest, DispatchResponse.@Nullable Builder> invocationAnswer;
    private final FakeResonate resonate;
    private final Function<OutputSink, OutputServiceStub> apis;
    private volatile @Nullable Stream stream;
    private @Nullable StreamObserver<PushRequest> push;

    FakeRouter(FakeResonate resonate, Function<OutputSink, OutputServiceStub> apis) {
        this.resonate = resonate;
        this.apis = apis;
        this.invocationAnswer = (_, request) -> accept(request);
    }

    /** Writes the promise, or says that it exists. */
    DispatchResponse.Builder accept(DispatchRequest request) {
        var invocation = request.getInvocation();
        String taskId = taskId(invocation.getRecord());
        var known = resonate.promises.get(taskId);
        if (known != null) {
            return DispatchResponse.newBuilder()
                    .setExisting(DispatchExisting.newBuilder()
                            .setRequestSha256(known.tags().getOrDefault("modulate:request", ""))
                            .setSettled(known.state().settled()));
        }
        long timeoutAtMillis = resonate.clock.millis()
                + invocation.getDeadlineRemaining().getSeconds() * 1000
                + invocation.getDeadlineRemaining().getNanos() / 1_000_000;
        write(invocation, timeoutAtMillis);
        return DispatchResponse.newBuilder()
                .setAccepted(DispatchAccepted.newBuilder().setTimeoutUnixMillis(timeoutAtMillis));
    }

    void write(DispatchInvocation invocation, long timeoutAtMillis) {
        var record = invocation.getRecord();
        String function = record.getTarget().getFunction().getName();
        var param = new Value(
                Map.of("content-type", "application/x-protobuf; messageType=modulate.invocation.v1.InvocationRecord"),
                Base64.getEncoder().encodeToString(record.toByteArray()));
        var tags = Map.of(
                "modulate:kind",
                "invocation",
                "modulate:tenant",
                record.getTenant(),
                "modulate:function",
                function.isEmpty() ? "-" : function.substring("functions/".length()),
                "modulate:request",
                invocation.getRequestSha256());
        resonate.create(taskId(record), timeoutAtMillis, param, tags);
    }

    static String taskId(InvocationRecord record) {
        return record.getTenant() + "_" + record.getInvocationId();
    }

    /** Settles and pushes. */
    void succeed(String taskId, String output) {
        settleResolved(taskId, output);
        pushSucceeded(taskId, output);
    }

    void settleResolved(String taskId, String output) {
        var settlement = SettlementRecord.newBuilder().setAttempt(1).setNode("nodes/n1");
        resonate.settle(taskId, PromiseState.RESOLVED, value(ByteString.copyFromUtf8(output), settlement));
    }

    void pushSucceeded(String taskId, String output) {
        push(PushResult.newBuilder()
                .setTaskId(taskId)
                .setState(Invocation.State.STATE_SUCCEEDED)
                .setAttempt(1)
                .setNode("nodes/n1")
                .setOutcome(Outcome.newBuilder()
                        .setOutput(Payload.newBuilder()
                                .setMediaType("application/json")
                                .setData(ByteString.copyFromUtf8(output)))));
    }

    void fail(String taskId, Failure failure, long attempt) {
        settleRejected(taskId, failure, attempt);
        push(PushResult.newBuilder()
                .setTaskId(taskId)
                .setState(Invocation.State.STATE_FAILED)
                .setAttempt(attempt)
                .setNode("nodes/n1")
                .setDeadLetter(true)
                .setOutcome(Outcome.newBuilder().setFailure(failure)));
    }

    void settleRejected(String taskId, Failure failure, long attempt) {
        var settlement = SettlementRecord.newBuilder()
                .setAttempt(attempt)
                .setNode("nodes/n1")
                .setFailure(failure)
                .setDeadLetter(true);
        resonate.settle(taskId, PromiseState.REJECTED, value(ByteString.EMPTY, settlement));
    }

    private static Value value(ByteString data, SettlementRecord.Builder settlement) {
        var headers = new HashMap<String, String>();
        headers.put("content-type", "application/json");
        headers.put(
                "modulate:settlement",
                Base64.getEncoder().encodeToString(settlement.build().toByteArray()));
        return new Value(headers, Base64.getEncoder().encodeToString(data.toByteArray()));
    }

    void output(String taskId, long attempt, long offset, String text) {
        pushes().onNext(PushRequest.newBuilder()
                .setOutput(PushOutput.newBuilder()
                        .setTaskId(taskId)
                        .setChunk(OutputChunk.newBuilder()
                                .setAttempt(attempt)
                                .setStream(OutputChunk.Stream.STREAM_STDOUT)
                                .setOffset(offset)
                                .setData(ByteString.copyFromUtf8(text))))
                .build());
    }

    private void push(PushResult.Builder result) {
        pushes().onNext(PushRequest.newBuilder().setResult(result).build());
    }

    private synchronized StreamObserver<PushRequest> pushes() {
        var open = push;
        if (open == null) {
            var to = sink;
            if (to == null) {
                throw new IllegalStateException("no API said hello");
            }
            open = apis.apply(to).push(new Answers());
            open.onNext(PushRequest.newBuilder()
                    .setHello(PushHello.newBuilder().setNodeId("n1").setIncarnation(1))
                    .build());
            push = open;
        }
        return open;
    }

    void placed(String taskId, long attempt, boolean running) {
        stream()
                .send(DispatchResponse.newBuilder()
                        .setTaskId(taskId)
                        .setPlaced(DispatchPlaced.newBuilder()
                                .setNode("nodes/n1")
                                .setAttempt(attempt)
                                .setRunning(running)));
    }

    void settled(String taskId) {
        stream().send(DispatchResponse.newBuilder().setTaskId(taskId).setSettled(DispatchSettled.getDefaultInstance()));
    }

    boolean connected() {
        return stream != null;
    }

    Stream stream() {
        var open = stream;
        if (open == null) {
            throw new IllegalStateException("no API is connected");
        }
        return open;
    }

    @Override
    public StreamObserver<DispatchRequest> dispatch(StreamObserver<DispatchResponse> responses) {
        return new Stream(responses);
    }

    @Override
    public void locateInvocation(LocateInvocationRequest request, StreamObserver<LocateInvocationResponse> responses) {
        whileLocating.run();
        var found = located.get(request.getTaskId());
        if (found == null) {
            responses.onError(GrpcErrors.notFound(request.getTaskId()));
        } else {
            responses.onNext(found);
            responses.onCompleted();
        }
    }

    private final class Answers implements StreamObserver<PushResponse> {
        @Override
        public void onNext(PushResponse response) {
            pushAnswers.add(response);
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }

    final class Stream implements StreamObserver<DispatchRequest> {
        private final StreamObserver<DispatchResponse> responses;

        Stream(StreamObserver<DispatchResponse> responses) {
            this.responses = responses;
        }

        void send(DispatchResponse.Builder response) {
            synchronized (responses) {
                responses.onNext(response.build());
            }
        }

        /** As when the router dies. */
        void die() {
            stream = null;
            responses.onError(Status.UNAVAILABLE.withDescription("died").asException());
        }

        @Override
        public void onNext(DispatchRequest request) {
            switch (request.getMessageCase()) {
                case HELLO -> {
                    sink = request.getHello().getSink();
                    stream = this;
                    send(DispatchResponse.newBuilder()
                            .setWelcome(ApiWelcome.newBuilder().setRouterId("r1")));
                }
                case INVOCATION -> {
                    dispatched.add(request.getInvocation());
                    var answer = invocationAnswer.apply(this, request);
                    if (answer != null) {
                        String taskId = taskId(request.getInvocation().getRecord());
                        send(answer.setTaskId(taskId).setCorrelationId(request.getCorrelationId()));
                        if (executes && answer.hasAccepted()) {
                            succeed(taskId, "\"done\"");
                        }
                    }
                }
                case CANCEL -> cancels.add(request.getCancel());
                case WATCH -> watches.add(request.getWatch());
                case MESSAGE_NOT_SET -> {}
            }
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {
            responses.onCompleted();
        }
    }
}
