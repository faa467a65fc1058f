package dev.modulate.router.scheduling;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Whether one more call may wait, and if not, when to come back. */
final class Door {
    private static final Duration RETRY_AFTER_MIN = Duration.ofSeconds(1);
    private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(1);

    private final WarmQueueRules rules;
    private final Lines lines;
    private final Tenants tenants;
    private final Sites sites;
    private final Forecast forecast;

    /** Null when it has to be worked out anew: under a flood that is once for each look, not for each call. */
    private @Nullable Duration retryAfter;

    Door(WarmQueueRules rules, Lines lines, Tenants tenants, Sites sites, Forecast forecast) {
        this.rules = rules;
        this.lines = lines;
        this.tenants = tenants;
        this.sites = sites;
        this.forecast = forecast;
    }

    Admission admit(String tenant) {
        if (lines.size() >= rules.queueMax()) {
            return new Admission.Refused(
                    lines.size() + " calls wait already (at most " + rules.queueMax() + ")", retryAfter());
        }
        int own = tenants.waitingCount(tenant);
        if (own >= rules.tenantQueueMax()) {
            String why = own + " calls of tenant " + tenant + " wait already (at most " + rules.tenantQueueMax() + ")";
            return new Admission.Refused(why, retryAfter());
        }
        return Admission.ACCEPTED;
    }

    void look() {
        retryAfter = null;
    }

    Duration retryAfter() {
        if (retryAfter == null) {
            retryAfter = drain();
        }
        return retryAfter;
    }

    /** Time in which all slots together work off what waits. */
    private Duration drain() {
        double seconds = 0;
        for (var line : lines.oldestFirst()) {
            seconds += line.size() * forecast.runSeconds(line.model);
        }
        double capacity = 0;
        for (var site : sites.all()) {
            capacity += site.slots() * site.speed();
        }
        if (capacity == 0 || seconds / capacity > RETRY_AFTER_MAX.toSeconds()) {
            return RETRY_AFTER_MAX;
        }
        var expected = Duration.ofNanos((long) (seconds / capacity * 1e9));
        return expected.compareTo(RETRY_AFTER_MIN) < 0 ? RETRY_AFTER_MIN : expected;
    }
}
