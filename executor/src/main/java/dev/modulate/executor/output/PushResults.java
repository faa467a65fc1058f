package dev.modulate.executor.output;

import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.lease.PromiseValues;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Payload;
import java.time.Duration;

/** A settled outcome as the APIs are told. */
public final class PushResults {
    private PushResults() {}

    /** @param node {@code nodes/{node}} */
    public static PushResult of(TaskKey task, Outcome outcome, String node, Duration run) {
        var told = dev.modulate.invocation.v1.Outcome.newBuilder()
                .setRunDuration(com.google.protobuf.Duration.newBuilder()
                        .setSeconds(run.toSeconds())
                        .setNanos(run.toNanosPart()));
        var result = PushResult.newBuilder()
                .setTaskId(task.id())
                .setAttempt(task.version())
                .setNode(node);
        switch (outcome) {
            case Outcome.Returned returned -> {
                told.setOutput(Payload.newBuilder()
                        .setMediaType(returned.output().mediaType())
                        .setData(returned.output().data()));
                result.setState(Invocation.State.STATE_SUCCEEDED);
            }
            case Outcome.Failed failed -> {
                told.setFailure(PromiseValues.message(failed.failure()));
                result.setState(Invocation.State.STATE_FAILED).setDeadLetter(true);
            }
        }
        return result.setOutcome(told).build();
    }
}
