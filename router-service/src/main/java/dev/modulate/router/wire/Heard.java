package dev.modulate.router.wire;

import static dev.modulate.observability.server.GrpcErrors.invalid;

import dev.modulate.executor.v1.AssignmentUpdate;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.HeldAssignment;
import dev.modulate.executor.v1.InstanceLoadUpdate;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.v1.ApiHello;
import dev.modulate.router.v1.DispatchInvocation;
import dev.modulate.router.v1.NodeHello;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the router hears on its streams, checked. What breaks a rule ends the stream with {@code INVALID_ARGUMENT}. */
public final class Heard {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");

    private Heard() {}

    public static Hello hello(NodeHello hello) {
        var held = hello.getHeldList().stream().map(Heard::held).toList();
        var loads = hello.getLoadsList().stream().map(Heard::load).toList();
        return new Hello(
                profile(hello.getProfile()),
                hello.getProfile(),
                held,
                loads,
                hello.getDraining(),
                hello.hasDrainDeadlineRemaining() ? RouterProto.duration(hello.getDrainDeadlineRemaining()) : null,
                hello.getEpochMax());
    }

    /** @param devices of the node that sent it, in profile order */
    public static NodeLoad load(LoadReport report, List<DeviceId> devices) {
        var loads = new ArrayList<NodeLoad.DeviceLoad>(report.getDevicesCount());
        for (var device : report.getDevicesList()) {
            loads.add(new NodeLoad.DeviceLoad(
                    deviceId(device, devices),
                    device.getMemoryUsedBytes(),
                    device.getMemoryForeignBytes(),
                    device.getHealthy(),
                    device.getHealthReason()));
        }
        var residencies = new ArrayList<Residency>(report.getResidenciesCount());
        for (var residency : report.getResidenciesList()) {
            residencies.add(residency(residency));
        }
        var removed = new ArrayList<FunctionKey>(report.getRemovedFunctionKeysCount());
        for (var key : report.getRemovedFunctionKeysList()) {
            removed.add(new FunctionKey(key));
        }
        return new NodeLoad(
                report.getAckedDispatchSequence(),
                loads,
                residencies,
                report.getDraining(),
                report.getDelta(),
                removed);
    }

    private static DeviceId deviceId(DeviceLoad load, List<DeviceId> devices) {
        int number = load.getDeviceNumber();
        if (!load.getDeviceId().isEmpty()) {
            return new DeviceId(load.getDeviceId());
        }
        if (number < 1 || number > devices.size()) {
            throw invalid("load.devices.device_number", number, "1 to " + devices.size());
        }
        return devices.get(number - 1);
    }

    public static NodeUpdate update(AssignmentUpdate update) {
        return update(update, task(update.getTask()));
    }

    public static LoadUpdate update(InstanceLoadUpdate update) {
        return switch (update.getState()) {
            case STATE_LOADING -> new LoadUpdate(update.getLoadId(), LoadUpdate.Stage.LOADING, "");
            case STATE_RESIDENT -> new LoadUpdate(update.getLoadId(), LoadUpdate.Stage.RESIDENT, "");
            case STATE_FAILED ->
                new LoadUpdate(
                        update.getLoadId(),
                        LoadUpdate.Stage.FAILED,
                        update.getFailure().getMessage());
            case STATE_REFUSED ->
                new LoadUpdate(update.getLoadId(), LoadUpdate.Stage.REFUSED, update.getRefuseReason());
            case STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw invalid("load_update.state", update.getStateValue(), "a known state");
        };
    }

    private static HeldLoad load(dev.modulate.executor.v1.HeldLoad held) {
        var devices = held.getDevicesList().stream().map(Shares::read).toList();
        return new HeldLoad(held.getLoadId(), new Holding(new FunctionKey(held.getFunctionKey()), 0, 0, devices));
    }

    public static Sink sink(ApiHello hello) {
        return new Sink(hello.getSink().getAddress(), hello.getSink().getIncarnation());
    }

    public static Submission submission(DispatchInvocation invocation, Specs specs) {
        var record = invocation.getRecord();
        if (!TENANT.matcher(record.getTenant()).matches()) {
            throw invalid("record.tenant", record.getTenant(), TENANT.pattern());
        }
        if (!ID.matcher(record.getInvocationId()).matches()) {
            throw invalid("record.invocation_id", record.getInvocationId(), ID.pattern());
        }
        var remaining = RouterProto.duration(invocation.getDeadlineRemaining());
        if (remaining.isNegative() || remaining.isZero()) {
            throw invalid("deadline_remaining", remaining, "> 0");
        }
        return new Submission(
                record.getTenant() + "_" + record.getInvocationId(),
                specs.call(record),
                PromiseRecords.param(record),
                invocation.getRequestSha256(),
                remaining,
                invocation.getWait());
    }

    private static NodeProfile profile(dev.modulate.executor.v1.NodeProfile profile) {
        if (!NodeId.valid(profile.getNodeId())) {
            throw invalid("profile.node_id", profile.getNodeId(), NodeId.RULE);
        }
        var devices = profile.getDevicesList().stream().map(Shares::profile).toList();
        try {
            return new NodeProfile(
                    new NodeId(profile.getNodeId()),
                    profile.getIncarnation(),
                    profile.getPool(),
                    devices,
                    profile.getCpuMillis(),
                    profile.getMemoryBytes(),
                    profile.getSlotCount(),
                    profile.getLabelsMap());
        } catch (IllegalArgumentException e) {
            throw invalid("profile", profile.getNodeId(), "" + e.getMessage());
        }
    }

    private static Held held(HeldAssignment held) {
        var task = task(held.getTask());
        var holding = new Holding(
                new FunctionKey(held.getFunctionKey()),
                held.getCpuMillis(),
                held.getMemoryBytes(),
                held.getDevicesList().stream().map(Shares::read).toList());
        var update = held.hasUpdate()
                ? update(held.getUpdate(), task)
                : new NodeUpdate(task, NodeUpdate.Stage.RUNNING, "", null);
        return new Held(task, held.getOwnerPid(), holding, update);
    }

    private static NodeUpdate update(AssignmentUpdate update, TaskVersion task) {
        var stage = switch (update.getState()) {
            case STATE_ACCEPTED -> NodeUpdate.Stage.ACCEPTED;
            case STATE_RUNNING, STATE_UNSPECIFIED -> NodeUpdate.Stage.RUNNING;
            case STATE_REJECTED -> NodeUpdate.Stage.REJECTED;
            case STATE_FINISHED -> NodeUpdate.Stage.FINISHED;
            case STATE_FAILED -> NodeUpdate.Stage.FAILED;
            case UNRECOGNIZED -> throw invalid("update.state", update.getStateValue(), "a known state");
        };
        return new NodeUpdate(task, stage, update.getRejectReason(), failure(stage, update));
    }

    private static @Nullable AttemptFailure failure(NodeUpdate.Stage stage, AssignmentUpdate update) {
        return stage == NodeUpdate.Stage.FAILED ? PromiseRecords.failure(update.getFailure()) : null;
    }

    private static TaskVersion task(TaskRef ref) {
        return new TaskVersion(ref.getTaskId(), ref.getVersion());
    }

    private static Residency residency(dev.modulate.executor.v1.Residency residency) {
        var tier = switch (residency.getTier()) {
            case TIER_DEVICE -> Residency.Tier.DEVICE;
            case TIER_HOST -> Residency.Tier.HOST;
            case TIER_DISK, TIER_UNSPECIFIED, UNRECOGNIZED -> Residency.Tier.DISK;
        };
        return new Residency(
                new FunctionKey(residency.getFunctionKey()),
                tier,
                residency.getIdleInstanceCount(),
                residency.getInstanceCount(),
                residency.getDeviceIdsList().stream().map(DeviceId::new).collect(Collectors.toSet()),
                residency.getDeviceMemoryBytes(),
                residency.hasLoadDuration() ? RouterProto.duration(residency.getLoadDuration()) : null,
                residency.hasRunDuration() ? RouterProto.duration(residency.getRunDuration()) : null);
    }
}
