package dev.modulate.router.scheduling;

/** A pin and how far it is fulfilled. Plain state of {@link Pins}. */
final class Kept {
    private static final long NEVER = Long.MAX_VALUE;

    final Model model;
    Pin pin;

    /** Copies that are up and stay. */
    int up;

    int loading;
    String missing = "";
    private long missingSince = NEVER;

    Kept(Model model, Pin pin) {
        this.model = model;
        this.pin = pin;
    }

    int lacks() {
        return Math.max(0, pin.copies() - up - loading);
    }

    void noteMissing(long now) {
        if (lacks() == 0) {
            missingSince = NEVER;
            missing = "";
        } else if (missingSince == NEVER) {
            missingSince = now;
        }
    }

    double missingSeconds(long now) {
        return missingSince == NEVER ? 0 : (now - missingSince) / 1e9;
    }
}
