package dev.modulate.router.wire;

import com.google.protobuf.Duration;
import com.google.rpc.Status;
import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.AssignmentCancel;
import dev.modulate.executor.v1.AssignmentRelease;
import dev.modulate.executor.v1.InstanceLoad;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.OutputSubscription;
import dev.modulate.executor.v1.Pin;
import dev.modulate.executor.v1.PinNotice;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.v1.ApiWelcome;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DispatchAccepted;
import dev.modulate.router.v1.DispatchExisting;
import dev.modulate.router.v1.DispatchPlaced;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.DispatchSettled;
import dev.modulate.router.v1.DrainNotice;
import dev.modulate.router.v1.NodeWelcome;
import dev.modulate.router.v1.ReportResync;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the router says on its streams. What it hears is read by {@link Heard}. */
public final class RouterProto {
    private RouterProto() {}

    public static AttachResponse welcome(String routerId, long epoch, java.time.Duration reportPeriod) {
        var welcome =
                NodeWelcome.newBuilder().setRouterId(routerId).setEpoch(epoch).setReportPeriod(duration(reportPeriod));
        return AttachResponse.newBuilder().setWelcome(welcome).build();
    }

    public static AttachResponse assignment(long sequence, long epoch, Handover handover) {
        var assignment = Assignment.newBuilder()
                .setTask(ref(handover.task()))
                .setOwnerPid(handover.ownerPid())
                .setLeaseTtl(duration(handover.leaseTtl()))
                .setLeaseRemaining(duration(handover.leaseRemaining()))
                .setDeadlineRemaining(duration(handover.deadlineRemaining()))
                .setRecord(handover.call().record())
                .setLastAttempt(handover.lastAttempt())
                .setForeign(handover.reader() == Reader.SDK);
        handover.devices().forEach(part -> assignment.addDevices(Shares.write(part)));
        handover.sinks().forEach(sink -> assignment.addSinks(sink(sink)));
        return AttachResponse.newBuilder()
                .setDispatchSequence(sequence)
                .setEpoch(epoch)
                .setAssignment(assignment)
                .build();
    }

    public static AttachResponse cancel(long sequence, TaskVersion task, java.time.Duration grace) {
        return AttachResponse.newBuilder()
                .setDispatchSequence(sequence)
                .setCancel(AssignmentCancel.newBuilder().setTask(ref(task)).setGracePeriod(duration(grace)))
                .build();
    }

    public static AttachResponse release(TaskVersion task) {
        return AttachResponse.newBuilder()
                .setRelease(AssignmentRelease.newBuilder().setTask(ref(task)))
                .build();
    }

    public static AttachResponse subscription(TaskVersion task, Sink sink, long offset) {
        var subscription = OutputSubscription.newBuilder()
                .setTask(ref(task))
                .setSink(sink(sink))
                .setOffset(offset);
        return AttachResponse.newBuilder().setSubscription(subscription).build();
    }

    /** @param remaining until what runs there is to move; null means never */
    public static AttachResponse drain(long sequence, java.time.@Nullable Duration remaining) {
        var notice = DrainNotice.newBuilder().setDraining(true);
        if (remaining != null) {
            notice.setDeadlineRemaining(duration(remaining));
        }
        return AttachResponse.newBuilder()
                .setDispatchSequence(sequence)
                .setDrain(notice)
                .build();
    }

    public static AttachResponse undrain(long sequence) {
        return AttachResponse.newBuilder()
                .setDispatchSequence(sequence)
                .setDrain(DrainNotice.newBuilder().setDraining(false))
                .build();
    }

    /** @param program a call of the function, of which the input is left out */
    public static AttachResponse load(
            long sequence, long epoch, String loadId, InvocationRecord program, List<DeviceReservation> devices) {
        var load = InstanceLoad.newBuilder()
                .setLoadId(loadId)
                .setRecord(program.toBuilder().clearInput());
        devices.forEach(part -> load.addDevices(Shares.write(part)));
        return AttachResponse.newBuilder()
                .setDispatchSequence(sequence)
                .setEpoch(epoch)
                .setLoad(load)
                .build();
    }

    public static AttachResponse pins(Map<FunctionKey, Integer> kept) {
        var notice = PinNotice.newBuilder();
        kept.forEach((function, count) ->
                notice.addPins(Pin.newBuilder().setFunctionKey(function.value()).setInstanceCount(count)));
        return AttachResponse.newBuilder().setPins(notice).build();
    }

    /** Asks for a report that says everything. */
    public static AttachResponse resync() {
        return AttachResponse.newBuilder()
                .setResync(ReportResync.getDefaultInstance())
                .build();
    }

    public static DispatchResponse apiWelcome(long correlation, String routerId) {
        return DispatchResponse.newBuilder()
                .setCorrelationId(correlation)
                .setWelcome(ApiWelcome.newBuilder().setRouterId(routerId))
                .build();
    }

    /** @param active address of the router in charge; empty when nobody knows */
    public static DispatchResponse standbyWelcome(long correlation, String active) {
        return DispatchResponse.newBuilder()
                .setCorrelationId(correlation)
                .setWelcome(ApiWelcome.newBuilder().setStandby(true).setActiveRouter(active))
                .build();
    }

    public static DispatchResponse accepted(long correlation, String taskId, long timeoutUnixMillis) {
        return about(correlation, taskId)
                .setAccepted(DispatchAccepted.newBuilder().setTimeoutUnixMillis(timeoutUnixMillis))
                .build();
    }

    public static DispatchResponse refused(long correlation, String taskId, Status why) {
        return about(correlation, taskId).setRefused(why).build();
    }

    public static DispatchResponse existing(long correlation, String taskId, String request, boolean settled) {
        return about(correlation, taskId)
                .setExisting(
                        DispatchExisting.newBuilder().setRequestSha256(request).setSettled(settled))
                .build();
    }

    public static DispatchResponse placed(long correlation, TaskVersion task, String nodeName, boolean running) {
        var placed = DispatchPlaced.newBuilder()
                .setNode(nodeName)
                .setAttempt(task.version())
                .setRunning(running);
        return about(correlation, task.id()).setPlaced(placed).build();
    }

    public static DispatchResponse settled(long correlation, String taskId) {
        return about(correlation, taskId)
                .setSettled(DispatchSettled.getDefaultInstance())
                .build();
    }

    public static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    public static java.time.Duration duration(Duration duration) {
        return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    private static DispatchResponse.Builder about(long correlation, String taskId) {
        return DispatchResponse.newBuilder().setCorrelationId(correlation).setTaskId(taskId);
    }

    private static TaskRef ref(TaskVersion task) {
        return TaskRef.newBuilder()
                .setTaskId(task.id())
                .setVersion(task.version())
                .build();
    }

    private static OutputSink sink(Sink sink) {
        return OutputSink.newBuilder()
                .setAddress(sink.address())
                .setIncarnation(sink.incarnation())
                .build();
    }
}
