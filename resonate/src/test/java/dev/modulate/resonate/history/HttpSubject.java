package dev.modulate.resonate.history;

import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.ResonateUnavailableException;

/** A server in debug mode, asked over the network. Calls do not say what time it is: ticks do. */
record HttpSubject(Resonate resonate) implements Subject {
    @Override
    public Outcome call(Call call) {
        try {
            return new Outcome.Answered(resonate.call(call.request()));
        } catch (ResonateUnavailableException e) {
            return new Outcome.Unknown("" + e.getMessage());
        }
    }
}
