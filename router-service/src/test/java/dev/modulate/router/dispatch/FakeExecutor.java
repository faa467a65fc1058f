package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.HeldAssignment;
import dev.modulate.executor.v1.HeldLoad;
import dev.modulate.executor.v1.InstanceLoad;
import dev.modulate.executor.v1.InstanceLoadUpdate;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.executor.v1.Pin;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DrainNotice;
import dev.modulate.router.v1.NodeHello;
import dev.modulate.router.wire.RouterProto;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An executor: says what the test tells it to say, settles promises itself, and keeps what it is told. */
final class FakeExecutor {
    private static final String CUT = "gpu-cut";

    private final Platform platform;
    private final String nodeId;
    private final Map<String, Assignment> holds = new LinkedHashMap<>();
    final List<AttachResponse> heard = new ArrayList<>();
    private final NodeProfile.Builder profile;
    private Platform.RouterStart router;
    private @Nullable StreamObserver<AttachRequest> requests;
    private long reports;
    private final Map<String, AssignmentUpdate> failed = new HashMap<>();
    private final List<HeldLoad> loadsUnderWay = new ArrayList<>();
    private boolean obedient;
    private boolean silent;
    private boolean draining;
    private long drainDeadlineNanos;
    boolean ended;

    /** Stops what it is told to stop, and forgets what was taken over, as executors do. */
    FakeExecutor obedient() {
        obedient = true;
        return this;
    }

    /** Reports no more unless it is told to. */
    FakeExecutor silent() {
        silent = true;
        return this;
    }

    /** The report of a node on which nothing changed. */
    void heartbeat() {
        if (attached() && !silent && reports > 0) {
            report(LoadReport.newBuilder().setDelta(true).setDraining(draining));
        } else if (attached() && !silent) {
            report(LoadReport.newBuilder().setDraining(draining));
        }
    }

    FakeExecutor(Platform platform, Platform.RouterStart router, String nodeId) {
        this.platform = platform;
        this.router = router;
        this.nodeId = nodeId;
        this.profile = NodeProfile.newBuilder()
                .setNodeId(nodeId)
                .setIncarnation(1)
                .setPool("cpu")
                .setCpuMillis(8_000)
                .setMemoryBytes(1L << 34)
                .setSlotCount(2);
    }

    FakeExecutor slots(int count) {
        profile.setSlotCount(count);
        return this;
    }

    FakeExecutor label(String name, String value) {
        profile.putLabels(name, value);
        return this;
    }

    FakeExecutor gpus(int count, long memoryBytes) {
        profile.setPool("gpu");
        for (int i = 0; i < count; i++) {
            profile.addDevices(Device.newBuilder()
                    .setDeviceId("gpu-" + i)
                    .setModel("nvidia-h100-80gb-hbm3")
                    .setMemoryBytes(memoryBytes)
                    .setLinkGroup("link-" + i / 2));
        }
        return this;
    }

    /** One more device, which is cut into MIG slices of a profile. */
    FakeExecutor slices(int count, String migProfile, long memoryBytes) {
        profile.addDevices(Device.newBuilder()
                .setDeviceId(CUT)
                .setModel("nvidia-h100-80gb-hbm3")
                .setMemoryBytes(count * memoryBytes));
        for (int i = 0; i < count; i++) {
            profile.addDevices(Device.newBuilder()
                    .setDeviceId("mig-" + i)
                    .setModel("nvidia-h100-mig-" + migProfile)
                    .setMemoryBytes(memoryBytes)
                    .setParentDeviceId(CUT)
                    .setMigProfile(migProfile));
        }
        return this;
    }

    List<Device> devices() {
        return profile.getDevicesList();
    }

    FakeExecutor restartedProcess() {
        holds.clear();
        failed.clear();
        draining = false;
        profile.setIncarnation(profile.getIncarnation() + 1);
        return this;
    }

    FakeExecutor moveTo(Platform.RouterStart other) {
        router = other;
        return this;
    }

    /** Opens a stream and restates what it holds. */
    FakeExecutor attach() {
        ended = false;
        reports = 0;
        var observer = new StreamObserver<AttachResponse>() {
            @Override
            public void onNext(AttachResponse message) {
                heard.add(message);
                if (message.hasAssignment()) {
                    holds.put(message.getAssignment().getTask().getTaskId(), message.getAssignment());
                    failed.remove(message.getAssignment().getTask().getTaskId());
                }
                if (message.hasDrain()) {
                    drain(message.getDrain());
                }
                if (obedient) {
                    obey(message);
                }
            }

            @Override
            public void onError(Throwable cause) {
                ended = true;
            }

            @Override
            public void onCompleted() {
                ended = true;
            }
        };
        requests = router.stub.attach(observer);
        var hello = NodeHello.newBuilder().setProfile(profile);
        holds.values().forEach(assignment -> hello.addHeld(held(assignment)));
        hello.addAllLoads(loadsUnderWay).setDraining(draining);
        if (draining && drainDeadlineNanos != 0) {
            long remaining = Math.max(0, drainDeadlineNanos - platform.time.getAsLong());
            hello.setDrainDeadlineRemaining(RouterProto.duration(Duration.ofNanos(remaining)));
        }
        say(AttachRequest.newBuilder().setHello(hello).build());
        return this;
    }

    private void drain(DrainNotice notice) {
        draining = notice.getDraining();
        drainDeadlineNanos = notice.hasDeadlineRemaining()
                ? platform.time.getAsLong()
                        + RouterProto.duration(notice.getDeadlineRemaining()).toNanos()
                : 0;
    }

    private HeldAssignment held(Assignment assignment) {
        var held = HeldAssignment.newBuilder()
                .setTask(assignment.getTask())
                .setOwnerPid(assignment.getOwnerPid())
                .setFunctionKey(functionKey(assignment))
                .addAllDevices(assignment.getDevicesList());
        var update = failed.get(assignment.getTask().getTaskId());
        return (update == null ? held : held.setUpdate(update)).build();
    }

    static String functionKey(Assignment assignment) {
        var record = assignment.getRecord();
        return record.getTenant() + "/" + record.getTarget().getFunction().getName() + "/versions/"
                + record.getVersion();
    }

    private void obey(AttachResponse message) {
        if (message.hasCancel() && holdsExactly(message.getCancel().getTask())) {
            sayFinished(message.getCancel().getTask().getTaskId());
        }
        if (message.hasRelease() && holdsExactly(message.getRelease().getTask())) {
            holds.remove(message.getRelease().getTask().getTaskId());
            failed.remove(message.getRelease().getTask().getTaskId());
        }
    }

    private boolean holdsExactly(TaskRef task) {
        var assignment = holds.get(task.getTaskId());
        return assignment != null && assignment.getTask().equals(task);
    }

    boolean attached() {
        return requests != null && !ended;
    }

    /** What it works on: not what failed and waits for its release. */
    List<String> runs() {
        return holds.keySet().stream().filter(id -> !failed.containsKey(id)).toList();
    }

    List<String> holds() {
        return List.copyOf(holds.keySet());
    }

    /** The stream breaks; what runs, runs on. */
    void disconnect() {
        if (requests != null) {
            requests.onError(new IllegalStateException("broken"));
            requests = null;
        }
    }

    void forget(String taskId) {
        holds.remove(taskId);
    }

    void hold(Assignment assignment) {
        holds.put(assignment.getTask().getTaskId(), assignment);
    }

    void report(LoadReport.Builder report) {
        say(AttachRequest.newBuilder().setLoad(report.setSequence(++reports)).build());
    }

    void report() {
        report(LoadReport.newBuilder().setAckedDispatchSequence(Long.MAX_VALUE));
    }

    /** One report gets lost. */
    void skipReport() {
        reports++;
    }

    void accept(String taskId) {
        update(taskId, AssignmentUpdate.newBuilder().setState(AssignmentUpdate.State.STATE_ACCEPTED));
    }

    void run(String taskId) {
        update(taskId, AssignmentUpdate.newBuilder().setState(AssignmentUpdate.State.STATE_RUNNING));
    }

    void reject(String taskId) {
        var rejected = AssignmentUpdate.newBuilder()
                .setState(AssignmentUpdate.State.STATE_REJECTED)
                .setRejectReason("NO_ROOM");
        update(taskId, rejected);
        holds.remove(taskId);
    }

    /** Settles the promise as an executor does, then says so. */
    void finish(String taskId) {
        fulfil(taskId);
        sayFinished(taskId);
    }

    void fulfil(String taskId) {
        var task = assignment(taskId).getTask();
        platform.resonate.apply(new Request.TaskFulfill(
                taskId,
                task.getVersion(),
                new Request.PromiseSettle(taskId, PromiseState.RESOLVED, new Value(Map.of(), "NDI="))));
    }

    void sayFinished(String taskId) {
        update(taskId, AssignmentUpdate.newBuilder().setState(AssignmentUpdate.State.STATE_FINISHED));
        holds.remove(taskId);
    }

    void fail(String taskId, String reason) {
        var update = AssignmentUpdate.newBuilder()
                .setTask(assignment(taskId).getTask())
                .setState(AssignmentUpdate.State.STATE_FAILED)
                .setFailure(Failure.newBuilder()
                        .setReason(reason)
                        .setMessage("it broke")
                        .setRetryable(true));
        failed.put(taskId, update.build());
        update(taskId, update);
    }

    private void update(String taskId, AssignmentUpdate.Builder update) {
        say(AttachRequest.newBuilder()
                .setUpdate(update.setTask(assignment(taskId).getTask()))
                .build());
    }

    /** Renews leases of what runs, as executors do. */
    void heartbeat(String taskId) {
        var assignment = assignment(taskId);
        platform.resonate.apply(new Request.TaskHeartbeat(
                assignment.getOwnerPid(),
                List.of(new Request.TaskVersion(taskId, assignment.getTask().getVersion()))));
    }

    Assignment assignment(String taskId) {
        var assignment = holds.get(taskId);
        if (assignment == null) {
            throw new AssertionError(nodeId + " has no assignment of " + taskId + ": " + heard);
        }
        return assignment;
    }

    List<Assignment> assignments() {
        return heard.stream()
                .filter(AttachResponse::hasAssignment)
                .map(AttachResponse::getAssignment)
                .toList();
    }

    List<String> assigned() {
        return assignments().stream()
                .map(assignment -> assignment.getTask().getTaskId() + "@"
                        + assignment.getTask().getVersion())
                .toList();
    }

    List<InstanceLoad> loads() {
        return heard.stream()
                .filter(AttachResponse::hasLoad)
                .map(AttachResponse::getLoad)
                .toList();
    }

    /** What it was told last to keep: instances by function. */
    Map<String, Integer> kept() {
        return heard.stream()
                .filter(AttachResponse::hasPins)
                .map(message -> message.getPins().getPinsList().stream()
                        .collect(Collectors.toMap(Pin::getFunctionKey, Pin::getInstanceCount)))
                .reduce(Map.of(), (first, second) -> second);
    }

    /** Has begun; the next stream restates it until it is resident. */
    void loading(InstanceLoad load) {
        sayOf(load, InstanceLoadUpdate.newBuilder().setState(InstanceLoadUpdate.State.STATE_LOADING));
        loadsUnderWay.add(HeldLoad.newBuilder()
                .setLoadId(load.getLoadId())
                .setFunctionKey(
                        "default/functions/f/versions/" + load.getRecord().getVersion())
                .addAllDevices(load.getDevicesList())
                .build());
    }

    void resident(InstanceLoad load) {
        loadsUnderWay.removeIf(held -> held.getLoadId().equals(load.getLoadId()));
        sayOf(load, InstanceLoadUpdate.newBuilder().setState(InstanceLoadUpdate.State.STATE_RESIDENT));
    }

    void failLoad(InstanceLoad load) {
        sayOf(load, InstanceLoadUpdate.newBuilder().setState(InstanceLoadUpdate.State.STATE_FAILED));
    }

    void refuseLoad(InstanceLoad load) {
        sayOf(
                load,
                InstanceLoadUpdate.newBuilder()
                        .setState(InstanceLoadUpdate.State.STATE_REFUSED)
                        .setRefuseReason("NO_ROOM"));
    }

    private void sayOf(InstanceLoad load, InstanceLoadUpdate.Builder update) {
        say(AttachRequest.newBuilder()
                .setLoadUpdate(update.setLoadId(load.getLoadId()))
                .build());
    }

    List<TaskRef> cancelled() {
        return heard.stream()
                .filter(AttachResponse::hasCancel)
                .map(message -> message.getCancel().getTask())
                .toList();
    }

    List<TaskRef> released() {
        return heard.stream()
                .filter(AttachResponse::hasRelease)
                .map(message -> message.getRelease().getTask())
                .toList();
    }

    private void say(AttachRequest message) {
        if (requests == null) {
            throw new AssertionError(nodeId + " has no stream");
        }
        requests.onNext(message);
    }
}
