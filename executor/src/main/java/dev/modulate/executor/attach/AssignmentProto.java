package dev.modulate.executor.attach;

import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.call.Payload;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Sink;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.v1.InstanceLoad;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.executor.v1.Pin;
import dev.modulate.executor.v1.PinNotice;
import dev.modulate.executor.v1.TaskRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Runtime;
import dev.modulate.registry.v1.Scaling;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** What a router sends, as values. */
final class AssignmentProto {
    private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(60);

    /** What is longer is as good as for ever, and its nanoseconds need not fit into a long. */
    private static final Duration DURATION_MAX = Duration.ofDays(3650);

    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(10);

    private AssignmentProto() {}

    static Assignment read(dev.modulate.executor.v1.Assignment message) {
        var record = message.getRecord();
        var input = record.getInput();
        return new Assignment(
                read(message.getTask()),
                new Assignment.Lease(
                        message.getOwnerPid(), read(message.getLeaseTtl()), read(message.getLeaseRemaining())),
                read(message.getDeadlineRemaining()),
                record.getInvocationId(),
                program(record),
                new Payload(input.getMediaType(), input.getData()),
                message.getDevicesList().stream().map(DeviceProto::read).toList(),
                message.getSinksList().stream().map(AssignmentProto::read).toList(),
                message.getLastAttempt(),
                message.getForeign());
    }

    static LoadOrder read(InstanceLoad message) {
        return new LoadOrder(
                message.getLoadId(),
                program(message.getRecord()),
                message.getDevicesList().stream().map(DeviceProto::read).toList());
    }

    private static Program program(InvocationRecord record) {
        FunctionSpec spec = record.getSpec();
        String function = record.getTarget().getFunction().getName();
        String key = record.getTenant() + "/"
                + (function.isEmpty()
                        ? "artifacts/" + spec.getArtifactSha256()
                        : function + "/versions/" + record.getVersion());
        return new Program(
                key,
                record.getTenant(),
                function,
                record.getVersion(),
                language(spec.getRuntime()),
                spec.getArtifactSha256(),
                spec.getHandler(),
                spec.getEnvironmentMap(),
                spec.hasAttemptTimeout() ? read(spec.getAttemptTimeout()) : ATTEMPT_TIMEOUT,
                spec.getRetryPolicy().getRetryableReasonsList(),
                scaling(spec.getScaling()),
                new Program.Needs(
                        spec.getResources().getCpuMillis(), spec.getResources().getMemoryBytes()));
    }

    private static Program.Language language(Runtime runtime) {
        return switch (runtime) {
            case RUNTIME_PYTHON -> Program.Language.PYTHON;
            case RUNTIME_PYTHON_SCRIPT -> Program.Language.PYTHON_SCRIPT;
            case RUNTIME_UNSPECIFIED, UNRECOGNIZED -> Program.Language.UNKNOWN;
        };
    }

    private static Program.Scaling scaling(Scaling scaling) {
        return new Program.Scaling(
                scaling.getInstanceCountMin(),
                scaling.getInstanceCountMax(),
                scaling.hasIdleTimeout() ? read(scaling.getIdleTimeout()) : IDLE_TIMEOUT);
    }

    /** How many instances of which functions stay. */
    static Map<String, Integer> read(PinNotice notice) {
        return notice.getPinsList().stream()
                .collect(Collectors.toMap(Pin::getFunctionKey, Pin::getInstanceCount, Math::max));
    }

    static TaskKey read(TaskRef task) {
        return new TaskKey(task.getTaskId(), task.getVersion());
    }

    static Sink read(OutputSink sink) {
        return new Sink(sink.getAddress(), sink.getIncarnation());
    }

    static Duration read(com.google.protobuf.Duration duration) {
        var asked = Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
        return asked.compareTo(DURATION_MAX) > 0 ? DURATION_MAX : asked;
    }
}
