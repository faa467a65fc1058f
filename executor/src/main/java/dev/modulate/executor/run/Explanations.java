package dev.modulate.executor.run;

import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.lane.Lane;
import java.util.List;
import java.util.function.Consumer;

/** Adds to a failure what the driver says of the devices: it explains more than what the function makes of it. */
public final class Explanations {
    private final Lane lane;
    private final Devices devices;

    public Explanations(Lane lane, Devices devices) {
        this.lane = lane;
        this.devices = devices;
    }

    /** @param then told on the lane: at once, or after one look at the devices */
    void explain(Run run, Outcome outcome, Consumer<Outcome> then) {
        var ids = run.assignment.deviceIds();
        if (outcome instanceof Outcome.Failed failed && !ids.isEmpty()) {
            devices.incidents(ids, run.startedNanos)
                    .thenAccept(incidents -> lane.post(() -> then.accept(explained(failed, incidents))));
        } else {
            then.accept(outcome);
        }
    }

    private static Outcome explained(Outcome.Failed failed, List<String> incidents) {
        return incidents.isEmpty()
                ? failed
                : new Outcome.Failed(failed.failure().noting("the driver reported " + String.join(", ", incidents)));
    }
}
