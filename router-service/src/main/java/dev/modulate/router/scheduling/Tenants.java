package dev.modulate.router.scheduling;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Fair shares by deficit round robin: in each round every tenant that waits gets a quantum of device-seconds, calls of
 * those whose account is above zero go first, and the others follow by the rounds that they owe.
 */
final class Tenants {
    /** How many quanta a tenant may owe: what it used while nobody else waited is forgiven beyond this. */
    private static final double DEBT_QUANTA_MAX = 100;

    /** Up to here accounts of tenants are kept that have no calls now. */
    private static final int KEPT_MAX = 10_000;

    private final double quantumSeconds;
    private final Map<String, Tenant> tenants = new HashMap<>();
    private final Set<Tenant> waiting = new LinkedHashSet<>();

    /** Whether somebody who waits has an account above zero, as far as was looked since one of them paid or went. */
    private boolean isRoundOpen;

    static final class Tenant {
        final String name;
        private double balanceSeconds;
        private int waitingCount;
        private int userCount;

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

    /** A line, or a call that runs, has its account. */
    void keep(Tenant tenant) {
        tenant.userCount++;
    }

    void letGo(Tenant tenant) {
        if (--tenant.userCount == 0 && tenants.size() > KEPT_MAX) {
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
            isRoundOpen = false;
        }
    }

    /** @param deviceSeconds negative when it was charged too much */
    void charge(Tenant tenant, double deviceSeconds) {
        tenant.balanceSeconds = Math.min(tenant.balanceSeconds - deviceSeconds, quantumSeconds);
        isRoundOpen = false;
        double beyondSeconds = -DEBT_QUANTA_MAX * quantumSeconds - tenant.balanceSeconds;
        if (beyondSeconds > 0) {
            // What is forgiven to one is granted to all, or whoever waits beside it would come to owe as much.
            grant(rounds(beyondSeconds));
            tenant.balanceSeconds = Math.max(tenant.balanceSeconds, -DEBT_QUANTA_MAX * quantumSeconds);
        }
    }

    /**
     * Rounds until calls of this tenant are due: 0 when they are, and then they may go before those of others. One who has
     * a share and cannot use it, since its calls fit nowhere now, does not make the others equal.
     */
    int roundsOwed(Tenant tenant) {
        if (waiting.size() <= 1) {
            return 0;
        }
        newRoundIfDue();
        return tenant.balanceSeconds > 0 ? 0 : rounds(-tenant.balanceSeconds);
    }

    private void newRoundIfDue() {
        if (isRoundOpen) {
            return;
        }
        isRoundOpen = true;
        double best = Double.NEGATIVE_INFINITY;
        for (var tenant : waiting) {
            best = Math.max(best, tenant.balanceSeconds);
        }
        if (best <= 0) {
            grant(rounds(-best));
        }
    }

    /** The fewest that lift a debt above zero. */
    private int rounds(double debtSeconds) {
        return (int) Math.min(Math.floor(debtSeconds / quantumSeconds) + 1, Integer.MAX_VALUE);
    }

    private void grant(int rounds) {
        for (var tenant : waiting) {
            tenant.balanceSeconds = Math.min(tenant.balanceSeconds + rounds * quantumSeconds, quantumSeconds);
        }
    }
}
