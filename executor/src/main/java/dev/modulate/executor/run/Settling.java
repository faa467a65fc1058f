package dev.modulate.executor.run;

import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.lease.PromiseValues;
import dev.modulate.executor.lease.Settlement;
import dev.modulate.executor.lease.Settler;
import dev.modulate.executor.output.Outputs;
import dev.modulate.executor.output.PushResults;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last phase of a run: its promise is settled first, then the APIs are shown the result. Owned by the lane. */
final class Settling {
    private static final Logger LOG = LoggerFactory.getLogger(Settling.class);

    private final String nodeName;
    private final Settler settler;
    private final Outputs outputs;
    private final LongSupplier nanoTime;
    private final RunMeters meters;
    private final BiConsumer<Run, String> finish;

    /** @param finish told of each end, in a word for the meters */
    Settling(
            String nodeName,
            Settler settler,
            Outputs outputs,
            LongSupplier nanoTime,
            RunMeters meters,
            BiConsumer<Run, String> finish) {
        this.nodeName = nodeName;
        this.settler = settler;
        this.outputs = outputs;
        this.nanoTime = nanoTime;
        this.meters = meters;
        this.finish = finish;
    }

    void settle(Run run, Outcome outcome) {
        run.state = Run.State.SETTLING;
        var assignment = run.assignment;
        long since = nanoTime.getAsLong();
        var settlement = new Settlement(
                assignment.task(),
                assignment.lease().ownerPid(),
                assignment.lease().ttl(),
                PromiseValues.state(outcome),
                PromiseValues.value(outcome, assignment.task().version(), nodeName, run.ran(), assignment.foreign()),
                run.deadlineNanos);
        settler.settle(settlement, end -> {
            meters.settled(Duration.ofNanos(nanoTime.getAsLong() - since));
            settled(run, outcome, end);
        });
    }

    private void settled(Run run, Outcome outcome, Settlement.End end) {
        switch (end) {
            case Settlement.End.Settled _ -> {
                outputs.finish(run.output, PushResults.of(run.task(), outcome, nodeName, run.ran()));
                finish.accept(run, word(outcome));
            }
            case Settlement.End.NotOurs _ -> finish.accept(run, "NOT_OURS");
            case Settlement.End.TooLate _ -> finish.accept(run, Run.Stop.DEADLINE.name());
            case Settlement.End.Refused refused -> refused(run, outcome, refused.message());
        }
    }

    private static String word(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Returned _ -> "SUCCEEDED";
            case Outcome.Failed failed -> failed.failure().reason().name();
        };
    }

    private void refused(Run run, Outcome outcome, String words) {
        LOG.atError()
                .addKeyValue("task", run.task())
                .addKeyValue("cause", words)
                .log("the server takes no such result");
        if (outcome instanceof Outcome.Returned) {
            String message = "the result was refused: " + words;
            settle(run, new Outcome.Failed(Failure.of(Reason.OUTPUT_INVALID, message)));
        } else {
            finish.accept(run, "REFUSED");
        }
    }
}
