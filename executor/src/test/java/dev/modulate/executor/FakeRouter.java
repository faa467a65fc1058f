package dev.modulate.executor;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentCancel;
import dev.modulate.executor.v1.AssignmentRelease;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.DeviceReservation;
import dev.modulate.executor.v1.InstanceLoad;
import dev.modulate.executor.v1.InstanceLoadUpdate;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.OutputSubscription;
import dev.modulate.executor.v1.Pin;
import dev.modulate.executor.v1.PinNotice;
import dev.modulate.executor.v1.Residency;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DrainNotice;
import dev.modulate.router.v1.NodeHello;
import dev.modulate.router.v1.NodeWelcome;
import dev.modulate.router.v1.ReportResync;
import dev.modulate.router.v1.RouterServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Remembers what executors say and says what a test wants. */
final class FakeRouter extends RouterServiceGrpc.RouterServiceImplBase {
    private final List<NodeHello> hellos = new ArrayList<>();
    private final List<AssignmentUpdate> updates = new ArrayList<>();
    private final List<LoadReport> reports = new ArrayList<>();
    private final List<InstanceLoadUpdate> loads = new ArrayList<>();
    private @Nullable StreamObserver<AttachResponse> stream;
    private long sequence;
    private long epoch = 1;
    private boolean refusing;
    private boolean paused;
    private Runnable unread = () -> {};
    private long messageEpoch;

    @Override
    public StreamObserver<AttachRequest> attach(StreamObserver<AttachResponse> responses) {
        var call = (ServerCallStreamObserver<AttachResponse>) responses;
        call.disableAutoRequest();
        call.request(1);
        return new StreamObserver<>() {
            @Override
            public void onNext(AttachRequest message) {
                received(message, responses);
                readOn(call);
            }

            @Override
            public void onError(Throwable cause) {}

            @Override
            public void onCompleted() {
                responses.onCompleted();
            }
        };
    }

    private synchronized void received(AttachRequest message, StreamObserver<AttachResponse> responses) {
        switch (message.getMessageCase()) {
            case HELLO -> hello(message.getHello(), responses);
            case LOAD -> reports.add(message.getLoad());
            case UPDATE -> updates.add(message.getUpdate());
            case LOAD_UPDATE -> loads.add(message.getLoadUpdate());
            case MESSAGE_NOT_SET -> throw new IllegalStateException();
        }
    }

    private void hello(NodeHello hello, StreamObserver<AttachResponse> responses) {
        if (refusing) {
            responses.onError(Status.UNAVAILABLE.asException());
            return;
        }
        hellos.add(hello);
        stream = responses;
        sequence = 0;
        var welcome = NodeWelcome.newBuilder().setRouterId("router").setEpoch(epoch);
        responses.onNext(AttachResponse.newBuilder().setWelcome(welcome).build());
    }

    private synchronized void readOn(ServerCallStreamObserver<AttachResponse> call) {
        if (paused) {
            unread = () -> call.request(1);
        } else {
            call.request(1);
        }
    }

    /** Reads one more message and then none. Answers how many reports it has. */
    synchronized int pause() {
        paused = true;
        return reports.size();
    }

    synchronized void resume() {
        paused = false;
        unread.run();
        unread = () -> {};
    }

    synchronized void refuse(boolean refuse) {
        refusing = refuse;
    }

    synchronized void epoch(long epoch) {
        this.epoch = epoch;
    }

    synchronized void cut() {
        var open = stream;
        stream = null;
        if (open != null) {
            open.onError(Status.UNAVAILABLE.withDescription("cut").asException());
        }
    }

    synchronized void assign(Assignment assignment) {
        send(AttachResponse.newBuilder().setAssignment(assignment));
    }

    synchronized void load(InstanceLoad load) {
        send(AttachResponse.newBuilder().setLoad(load));
    }

    synchronized void keep(String functionKey, int count) {
        send(AttachResponse.newBuilder()
                .setPins(PinNotice.newBuilder()
                        .addPins(Pin.newBuilder().setFunctionKey(functionKey).setInstanceCount(count))));
    }

    /** What was said of a load. */
    synchronized List<InstanceLoadUpdate> loads(String loadId) {
        return loads.stream()
                .filter(update -> update.getLoadId().equals(loadId))
                .toList();
    }

    synchronized void cancel(String id, long version, Duration grace) {
        send(AttachResponse.newBuilder()
                .setCancel(
                        AssignmentCancel.newBuilder().setTask(ref(id, version)).setGracePeriod(proto(grace))));
    }

    synchronized void release(String id, long version) {
        send(AttachResponse.newBuilder()
                .setRelease(AssignmentRelease.newBuilder().setTask(ref(id, version))));
    }

    synchronized void subscribe(String id, OutputSink sink, long offset) {
        send(AttachResponse.newBuilder()
                .setSubscription(OutputSubscription.newBuilder()
                        .setTask(ref(id, 0))
                        .setSink(sink)
                        .setOffset(offset)));
    }

    synchronized void resync() {
        send(AttachResponse.newBuilder().setResync(ReportResync.getDefaultInstance()));
    }

    /** The next messages carry this epoch, whatever the welcome said. */
    synchronized void assignmentEpoch(long epoch) {
        messageEpoch = epoch;
    }

    synchronized void drain(boolean draining) {
        send(AttachResponse.newBuilder().setDrain(DrainNotice.newBuilder().setDraining(draining)));
    }

    synchronized void drain(Duration deadline) {
        var notice = DrainNotice.newBuilder().setDraining(true).setDeadlineRemaining(proto(deadline));
        send(AttachResponse.newBuilder().setDrain(notice));
    }

    private void send(AttachResponse.Builder message) {
        if (stream == null) {
            throw new IllegalStateException("no executor is attached");
        }
        stream.onNext(
                message.setDispatchSequence(++sequence).setEpoch(messageEpoch).build());
    }

    synchronized boolean attached() {
        return stream != null;
    }

    synchronized List<NodeHello> hellos() {
        return List.copyOf(hellos);
    }

    synchronized List<LoadReport> reports() {
        return List.copyOf(reports);
    }

    /** As a router that follows the deltas knows it. */
    Residency newestResidency() {
        return reports().stream()
                .flatMap(report -> report.getResidenciesList().stream())
                .reduce((older, newer) -> newer)
                .orElse(Residency.getDefaultInstance());
    }

    synchronized List<AssignmentUpdate> updates(String id) {
        return updates.stream()
                .filter(update -> update.getTask().getTaskId().equals(id))
                .toList();
    }

    List<AssignmentUpdate.State> states(String id) {
        return updates(id).stream().map(AssignmentUpdate::getState).toList();
    }

    static DeviceReservation device(String id, long bytes) {
        return DeviceReservation.newBuilder()
                .setDeviceId(id)
                .setMemoryBytes(bytes)
                .build();
    }

    static TaskRef ref(String id, long version) {
        return TaskRef.newBuilder().setTaskId(id).setVersion(version).build();
    }

    static com.google.protobuf.Duration proto(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.toSeconds())
                .setNanos(duration.toNanosPart())
                .build();
    }
}
