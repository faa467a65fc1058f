package dev.modulate.executor.run;

import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.lane.Lane;
import java.util.List;

/** Adds to a failure what the driver says of the devices: it explains more than what the function makes of it. */
public final class Explanations {
    private final Lane lane;
    private final Devices devices;

    public Explanations(Lane lane, Devices devices) {
        this.lane = lane;
        this.devices = devices;
    }

    /** What is told of a run that has ended. */
    interface Listener {
        /** @param hurt whether its instance may be of no use any more */
        void explained(Outcome outcome, boolean hurt);
    }

    /**
     * @param instanceNanos when the instance began to start: after an error the driver takes no more orders from a process,
     *     so one that fails and has lived through an error is not used again
     * @param then told on the lane: at once, or after a look at the devices
     */
    void explain(Run run, Outcome outcome, long instanceNanos, Listener then) {
        var ids = run.assignment.deviceIds();
        if (!(outcome instanceof Outcome.Failed failed) || ids.isEmpty()) {
            then.explained(outcome, false);
            return;
        }
        devices.incidents(ids, instanceNanos).thenAccept(lived -> {
            if (lived.isEmpty()) {
                lane.post(() -> then.explained(failed, false));
            } else {
                devices.incidents(ids, run.startedNanos)
                        .thenAccept(own -> lane.post(() -> then.explained(explained(failed, own), true)));
            }
        });
    }

    /** @param incidents of the run itself: those before it explain nothing */
    private static Outcome explained(Outcome.Failed failed, List<String> incidents) {
        return incidents.isEmpty()
                ? failed
                : new Outcome.Failed(failed.failure().noting("the driver reported " + String.join(", ", incidents)));
    }
}
