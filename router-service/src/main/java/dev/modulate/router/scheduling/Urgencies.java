package dev.modulate.router.scheduling;

/** How urgent calls are at a moment. */
final class Urgencies {
    private final Tenants tenants;
    private final Waits waits;

    Urgencies(Tenants tenants, Waits waits) {
        this.tenants = tenants;
        this.waits = waits;
    }

    /** Beyond this a call goes before those that came later, whatever its class. */
    double ageLimitSeconds() {
        return waits.ageLimitSeconds();
    }

    Urgency of(Waiting head, long now) {
        boolean aged = head.ageSeconds(now) > waits.ageLimitSeconds();
        return Urgency.of(head, tenants.roundsOwed(head.line.tenant), aged);
    }
}
