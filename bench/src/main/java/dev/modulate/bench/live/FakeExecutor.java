package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.HeldAssignment;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.NodeHello;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An executor of eight GPUs that runs nothing: it accepts what it is given, says that it runs, and ends it when it is told
 * to. It restates what it holds when it dials again, and counts what was booked beyond what it has. Its own lock guards
 * it.
 */
final class FakeExecutor {
    private static final long EIGHT = Reports.DEVICES;

    private final int number;
    private final Listener listener;
    private final Reports reports;
    private final Map<String, Assignment> held = new LinkedHashMap<>();
    private final Instances instances = new Instances();
    private @Nullable StreamObserver<AttachRequest> requests;
    private @Nullable Ears ears;
    private long incarnation = 1;
    private long epochMax;
    private long sequenceSeen;
    private boolean welcomed;
    private int doubleBooked;
    private int refused;

    /** Told with no lock held, on the stream's thread. */
    interface Listener {
        void assigned(FakeExecutor executor, Assignment assignment);

        void ended(FakeExecutor executor);
    }

    FakeExecutor(int number, Listener listener, long startNanos) {
        this.number = number;
        this.listener = listener;
        this.reports = new Reports(number, startNanos);
    }

    int number() {
        return number;
    }

    String nodeName() {
        return "nodes/" + "node-%04d".formatted(number);
    }

    /** Dials and says what it holds. */
    synchronized void attach(RouterServiceStub router) {
        var hello = NodeHello.newBuilder()
                .setProfile(Reports.profile(number, incarnation))
                .setEpochMax(epochMax);
        held.values().forEach(assignment -> hello.addHeld(held(assignment)));
        reports.restart();
        welcomed = false;
        sequenceSeen = 0;
        var mine = new Ears();
        ears = mine;
        requests = router.attach(mine);
        say(AttachRequest.newBuilder().setHello(hello).build());
    }

    synchronized boolean welcomed() {
        return welcomed;
    }

    synchronized boolean attached() {
        return requests != null;
    }

    synchronized void report(long nowNanos) {
        if (requests != null && welcomed) {
            say(reports.next(number, sequenceSeen, nowNanos, instances));
        }
    }

    /** A report as long as any, whatever is loaded: for those who measure messages. */
    synchronized void reportAnything(long nowNanos) {
        if (requests != null && welcomed) {
            say(reports.next(number, sequenceSeen, nowNanos));
        }
    }

    /** Its stream breaks; what runs, runs on. */
    void cut() {
        StreamObserver<AttachRequest> open;
        synchronized (this) {
            open = requests;
            requests = null;
            ears = null;
        }
        if (open instanceof ClientCallStreamObserver<AttachRequest> call) {
            call.cancel("cut", null);
        }
    }

    /** The process is gone, with all it had; a new one starts when it dials. */
    void crash() {
        cut();
        synchronized (this) {
            held.clear();
            instances.clear();
            incarnation++;
        }
    }

    /** Says that one is over; its promise was settled before. */
    synchronized void finished(Assignment assignment) {
        held.remove(key(assignment.getTask()));
        instances.end(key(assignment.getTask()));
        update(assignment.getTask(), AssignmentUpdate.State.STATE_FINISHED, "");
    }

    synchronized boolean holds(Assignment assignment) {
        return held.containsKey(key(assignment.getTask()));
    }

    synchronized List<Assignment> held() {
        return List.copyOf(held.values());
    }

    /** Slots or device memory that was given away twice. */
    synchronized int doubleBooked() {
        return doubleBooked;
    }

    synchronized int refused() {
        return refused;
    }

    private final class Ears implements StreamObserver<AttachResponse> {
        @Override
        public void onNext(AttachResponse message) {
            if (heard(this, message)) {
                listener.assigned(FakeExecutor.this, message.getAssignment());
            }
        }

        @Override
        public void onError(Throwable cause) {
            synchronized (FakeExecutor.this) {
                if (ears != this) {
                    return;
                }
                requests = null;
                ears = null;
            }
            listener.ended(FakeExecutor.this);
        }

        @Override
        public void onCompleted() {
            onError(new IllegalStateException("the router ended the stream"));
        }
    }

    /** True when something new was taken. */
    private synchronized boolean heard(Ears from, AttachResponse message) {
        if (ears != from) {
            return false;
        }
        sequenceSeen = Math.max(sequenceSeen, message.getDispatchSequence());
        switch (message.getMessageCase()) {
            case WELCOME -> {
                welcomed = true;
                epochMax = Math.max(epochMax, message.getWelcome().getEpoch());
            }
            case ASSIGNMENT -> {
                return take(message.getAssignment(), message.getEpoch());
            }
            case CANCEL -> {
                var task = message.getCancel().getTask();
                if (held.remove(key(task)) != null) {
                    instances.end(key(task));
                    update(task, AssignmentUpdate.State.STATE_FINISHED, "");
                }
            }
            case RESYNC -> reports.restart();
            case RELEASE, SUBSCRIPTION, DRAIN, LOAD, PINS, MESSAGE_NOT_SET -> {}
        }
        return false;
    }

    private boolean take(Assignment assignment, long messageEpoch) {
        var task = assignment.getTask();
        if (messageEpoch < epochMax) {
            refused++;
            update(task, AssignmentUpdate.State.STATE_REJECTED, "STALE_ROUTER");
            return false;
        }
        held.keySet().removeIf(other -> {
            boolean older = other.startsWith(task.getTaskId() + "@");
            if (older) {
                instances.end(other);
            }
            return older;
        });
        held.put(key(task), assignment);
        instances.begin(key(task), assignment);
        doubleBooked += overbooked();
        update(task, AssignmentUpdate.State.STATE_ACCEPTED, "");
        update(task, AssignmentUpdate.State.STATE_RUNNING, "");
        return true;
    }

    private int overbooked() {
        int over = held.size() > EIGHT ? 1 : 0;
        var bytes = new HashMap<String, Long>();
        for (var assignment : held.values()) {
            for (var part : assignment.getDevicesList()) {
                bytes.merge(part.getDeviceId(), part.getMemoryBytes(), Long::sum);
            }
        }
        for (long each : bytes.values()) {
            over += each > Reports.DEVICE_BYTES ? 1 : 0;
        }
        return over;
    }

    private void update(TaskRef task, AssignmentUpdate.State state, String why) {
        say(AttachRequest.newBuilder()
                .setUpdate(AssignmentUpdate.newBuilder()
                        .setTask(task)
                        .setState(state)
                        .setRejectReason(why))
                .build());
    }

    private void say(AttachRequest message) {
        var open = requests;
        if (open != null) {
            try {
                open.onNext(message);
            } catch (IllegalStateException e) {
                // The stream ended in this moment: its observer is told.
            }
        }
    }

    private static HeldAssignment held(Assignment assignment) {
        return HeldAssignment.newBuilder()
                .setTask(assignment.getTask())
                .setOwnerPid(assignment.getOwnerPid())
                .setFunctionKey(Instances.functionKey(assignment))
                .addAllDevices(assignment.getDevicesList())
                .build();
    }

    private static String key(TaskRef task) {
        return task.getTaskId() + "@" + task.getVersion();
    }
}
