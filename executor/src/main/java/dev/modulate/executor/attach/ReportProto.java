package dev.modulate.executor.attach;

import com.google.protobuf.Timestamp;
import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.DriverHealth;
import dev.modulate.executor.instance.DeviceHold;
import dev.modulate.executor.instance.Warmth;
import dev.modulate.executor.lease.PromiseValues;
import dev.modulate.executor.run.DeviceUse;
import dev.modulate.executor.run.Held;
import dev.modulate.executor.run.LoadUpdate;
import dev.modulate.executor.run.Update;
import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.DeviceHealth;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.HeldAssignment;
import dev.modulate.executor.v1.HeldLoad;
import dev.modulate.executor.v1.InstanceLoadUpdate;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.executor.v1.Residency;
import dev.modulate.executor.v1.TaskRef;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What a router is sent, from values. */
final class ReportProto {
    private ReportProto() {}

    static NodeProfile write(NodeFacts facts, List<Accelerator> accelerators) {
        return NodeProfile.newBuilder()
                .setNodeId(facts.nodeId())
                .setIncarnation(facts.incarnation())
                .setPool(facts.pool())
                .addAllDevices(accelerators.stream().map(DeviceProto::write).toList())
                .setCpuMillis(facts.cpuMillis())
                .setMemoryBytes(facts.memoryBytes())
                .setSlotCount(facts.slots())
                .putAllLabels(facts.labels())
                .setSoftwareVersion(facts.softwareVersion())
                .build();
    }

    /**
     * @param number place in the profile, from 1
     * @param draining whether the node takes no more
     */
    static DeviceLoad write(int number, AcceleratorLoad load, DeviceUse use, DeviceHold hold, boolean draining) {
        return DeviceLoad.newBuilder()
                .setDeviceNumber(number)
                .setRunningCount(use.running())
                .setEvictableBytes(hold.idleBytes())
                .setState(state(load, use, hold, draining))
                .setDeviceId(load.deviceId())
                .setMemoryUsedBytes(load.memoryUsedBytes())
                .setMemoryForeignBytes(load.memoryForeignBytes())
                .setUtilizationPercent(load.utilizationPercent())
                .setHealthy(load.healthy())
                .setHealthReason(load.healthReason())
                .setTemperatureCelsius(load.temperatureCelsius())
                .setPowerMilliwatts(load.powerMilliwatts())
                .build();
    }

    /** @param lastXidTime by the node's clock; any when there was no Xid */
    static DeviceHealth write(DriverHealth health, Instant lastXidTime) {
        var message = DeviceHealth.newBuilder()
                .setLastXid(health.lastXid())
                .setEccUncorrectedCount(health.uncorrectedErrors())
                .setRowRemapPending(health.remapPending())
                .setRowRemapFailed(health.remapFailed())
                .setRecoveryAction(health.recoveryAction())
                .addAllThrottleReasons(health.throttleReasons());
        if (health.lastXid() != 0) {
            message.setLastXidTime(Timestamp.newBuilder()
                    .setSeconds(lastXidTime.getEpochSecond())
                    .setNanos(lastXidTime.getNano()));
        }
        return message.build();
    }

    private static DeviceLoad.State state(AcceleratorLoad load, DeviceUse use, DeviceHold hold, boolean draining) {
        if (!load.healthy()) {
            return DeviceLoad.State.STATE_SICK;
        }
        if (draining) {
            return DeviceLoad.State.STATE_DRAINING;
        }
        if (use.running() > 0) {
            return DeviceLoad.State.STATE_RUNNING;
        }
        return hold.starting() > 0 ? DeviceLoad.State.STATE_LOADING : DeviceLoad.State.STATE_FREE;
    }

    static Residency write(Warmth warmth) {
        var residency = Residency.newBuilder()
                .setFunctionKey(warmth.functionKey())
                .setTier(
                        switch (warmth.tier()) {
                            case DISK -> Residency.Tier.TIER_DISK;
                            case HOST -> Residency.Tier.TIER_HOST;
                            case DEVICE -> Residency.Tier.TIER_DEVICE;
                        })
                .setIdleInstanceCount(warmth.idle())
                .setInstanceCount(warmth.instances())
                .addAllDeviceIds(warmth.deviceIds())
                .setDeviceMemoryBytes(warmth.deviceMemoryBytes())
                .setLoadingInstanceCount(warmth.starting());
        if (warmth.load() != null) {
            residency.setLoadDuration(write(warmth.load()));
        }
        if (warmth.run() != null) {
            residency.setRunDuration(write(warmth.run()));
        }
        return residency.build();
    }

    static HeldAssignment write(Held held) {
        Assignment assignment = held.assignment();
        var needs = assignment.program().needs();
        var message = HeldAssignment.newBuilder()
                .setTask(write(assignment.task()))
                .setOwnerPid(assignment.lease().ownerPid())
                .setFunctionKey(assignment.program().functionKey())
                .setCpuMillis(needs.cpuMillis())
                .setMemoryBytes(needs.memoryBytes());
        assignment.devices().forEach(part -> message.addDevices(DeviceProto.write(part)));
        if (held.update() != null) {
            message.setUpdate(write(assignment.task(), held.update()));
        }
        return message.build();
    }

    static AssignmentUpdate write(TaskKey task, Update update) {
        var message = AssignmentUpdate.newBuilder().setTask(write(task));
        switch (update) {
            case Update.Accepted _ -> message.setState(AssignmentUpdate.State.STATE_ACCEPTED);
            case Update.Running _ -> message.setState(AssignmentUpdate.State.STATE_RUNNING);
            case Update.Rejected rejected ->
                message.setState(AssignmentUpdate.State.STATE_REJECTED).setRejectReason(rejected.reason());
            case Update.Finished finished ->
                message.setState(AssignmentUpdate.State.STATE_FINISHED).setRunDuration(write(finished.run()));
            case Update.Failed failed ->
                message.setState(AssignmentUpdate.State.STATE_FAILED)
                        .setFailure(PromiseValues.message(failed.failure()))
                        .setRunDuration(write(failed.run()));
        }
        return message.build();
    }

    static HeldLoad write(LoadOrder order) {
        var message = HeldLoad.newBuilder()
                .setLoadId(order.id())
                .setFunctionKey(order.program().functionKey());
        order.devices().forEach(part -> message.addDevices(DeviceProto.write(part)));
        return message.build();
    }

    static InstanceLoadUpdate write(String loadId, LoadUpdate update) {
        var message = InstanceLoadUpdate.newBuilder().setLoadId(loadId);
        switch (update) {
            case LoadUpdate.Loading _ -> message.setState(InstanceLoadUpdate.State.STATE_LOADING);
            case LoadUpdate.Resident resident ->
                message.setState(InstanceLoadUpdate.State.STATE_RESIDENT).setLoadDuration(write(resident.took()));
            case LoadUpdate.Failed failed ->
                message.setState(InstanceLoadUpdate.State.STATE_FAILED)
                        .setFailure(PromiseValues.message(failed.failure()));
            case LoadUpdate.Refused refused ->
                message.setState(InstanceLoadUpdate.State.STATE_REFUSED).setRefuseReason(refused.reason());
        }
        return message.build();
    }

    private static TaskRef write(TaskKey task) {
        return TaskRef.newBuilder()
                .setTaskId(task.id())
                .setVersion(task.version())
                .build();
    }

    static com.google.protobuf.Duration write(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.toSeconds())
                .setNanos(duration.toNanosPart())
                .build();
    }
}
