package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;

/** A function version of which some copies stay loaded, whether it is called or not. */
public record Pin(Needs needs, int copies) {
    public Pin {
        if (copies < 1) {
            throw new IllegalArgumentException("copies: " + copies + " (expected: >= 1)");
        }
    }
}
