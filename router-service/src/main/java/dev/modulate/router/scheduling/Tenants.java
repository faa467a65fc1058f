package dev.modulate.router.scheduling;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Fair shares by deficit round robin: in each round every tenant that waits gets a quantum of device-seconds, and while
 * its account is above zero its calls go before those of tenants that have used theirs up.
 */
final class Tenants {
    /** How many quanta a tenant may owe: what it used while nobody else waited is forgiven beyond this. */
    private static final double DEBT_QUANTA_MAX = 100;

    private final double quantumSeconds;
    private final Map<String, Tenant> tenants = new HashMap<>();
    private final Set<Tenant> waiting = new LinkedHashSet<>();

    static final class Tenant {
        final String name;
        private double balanceSeconds;
        private int waitingCount;
        private int lineCount;

        private Tenant(String name) {
            this.name = name;
        }

        int waitingCount() {
            return waitingCount;
        }
    }

    Tenants(double quantumSeconds) {
        this.quantumSeconds = quantumSeconds;
    }

    Tenant of(String name) {
        return tenants.computeIfAbsent(name, Tenant::new);
    }

    int waitingCount(String name) {
        var tenant = tenants.get(name);
        return tenant == null ? 0 : tenant.waitingCount;
    }

    void lineAdded(Tenant tenant) {
        tenant.lineCount++;
    }

    void lineRemoved(Tenant tenant) {
        if (--tenant.lineCount == 0) {
            tenants.remove(tenant.name);
        }
    }

    void waits(Tenant tenant) {
        if (tenant.waitingCount++ == 0) {
            tenant.balanceSeconds = Math.min(tenant.balanceSeconds, quantumSeconds);
            waiting.add(tenant);
        }
    }

    void waitsNoMore(Tenant tenant) {
        if (--tenant.waitingCount == 0) {
            waiting.remove(tenant);
        }
    }

    /** @param deviceSeconds negative when it was charged too much */
    void charge(Tenant tenant, double deviceSeconds) {
        tenant.balanceSeconds =
                Math.clamp(tenant.balanceSeconds - deviceSeconds, -DEBT_QUANTA_MAX * quantumSeconds, quantumSeconds);
    }

    /** Whether calls of this tenant may go before those of others. */
    boolean isEntitled(Tenant tenant) {
        if (waiting.size() <= 1) {
            return true;
        }
        newRoundIfDue();
        return tenant.balanceSeconds > 0;
    }

    private void newRoundIfDue() {
        double best = Double.NEGATIVE_INFINITY;
        for (var tenant : waiting) {
            best = Math.max(best, tenant.balanceSeconds);
        }
        if (best > 0) {
            return;
        }
        double grant = (Math.floor(-best / quantumSeconds) + 1) * quantumSeconds;
        for (var tenant : waiting) {
            tenant.balanceSeconds += grant;
        }
    }
}
