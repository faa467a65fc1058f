package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Warmth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A call that a node has. */
final class Execution {
    private static final double REMAINING_MIN = 0.1;
    private static final double REMAINING_OF_ELAPSED = 0.5;

    final String id;
    final Model model;
    final Site site;
    final Warmth warmth;
    final long dispatchedAt;
    private final double expectedLoadSeconds;

    /** Null when it never waited here: its node told of it. */
    private final @Nullable Waiting entry;

    /** Who pays for it. */
    final Tenants.Tenant tenant;

    /** Devices that it keeps from others. */
    final double devices;

    /** What its tenant has been charged so far, in device-seconds. */
    double chargedSeconds;

    private long startedAt = -1;

    private Execution(
            String id,
            Model model,
            Site site,
            Tenants.Tenant tenant,
            double devices,
            Warmth warmth,
            long dispatchedAt,
            double expectedLoadSeconds,
            @Nullable Waiting entry) {
        this.tenant = tenant;
        this.devices = devices;
        this.id = id;
        this.model = model;
        this.site = site;
        this.warmth = warmth;
        this.dispatchedAt = dispatchedAt;
        this.expectedLoadSeconds = expectedLoadSeconds;
        this.entry = entry;
    }

    static Execution of(Start start, double expectedLoadSeconds, long now) {
        var entry = start.entry();
        return new Execution(
                entry.call.id(),
                entry.line.model,
                start.site(),
                entry.line.tenant,
                start.site().occupied(start.devices()),
                start.warmth(),
                now,
                expectedLoadSeconds,
                entry);
    }

    /** Of a call that runs already. */
    static Execution restated(
            String id, Model model, Site site, Tenants.Tenant tenant, List<DeviceReservation> devices, long now) {
        var execution = new Execution(id, model, site, tenant, site.occupied(devices), Warmth.IDLE, now, 0, null);
        execution.start(now);
        return execution;
    }

    @Nullable
    Waiting entry() {
        return entry;
    }

    boolean isStarted() {
        return startedAt >= 0;
    }

    void start(long now) {
        startedAt = now;
    }

    double loadedSeconds() {
        return (startedAt - dispatchedAt) / 1e9;
    }

    double ranSeconds(long now) {
        return (now - startedAt) / 1e9;
    }

    double heldSeconds(long now) {
        return (now - dispatchedAt) / 1e9;
    }

    /** Runs have heavy tails: the longer one has run, the longer it will. */
    double remainingSeconds(long now, double meanSeconds) {
        if (!isStarted()) {
            return Math.max(0, expectedLoadSeconds - heldSeconds(now)) + meanSeconds;
        }
        double elapsed = ranSeconds(now);
        return elapsed < meanSeconds
                ? meanSeconds - elapsed
                : Math.max(REMAINING_MIN * meanSeconds, REMAINING_OF_ELAPSED * elapsed);
    }
}
