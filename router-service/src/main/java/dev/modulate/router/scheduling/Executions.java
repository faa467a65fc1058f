package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Warmth;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls that nodes have, and what is learned from them: times of loads and runs, and what their tenants use. */
final class Executions {
    private final Map<String, Execution> byId = new HashMap<>();
    private final Forecast forecast;
    private final Tenants tenants;

    Executions(Forecast forecast, Tenants tenants) {
        this.forecast = forecast;
        this.tenants = tenants;
    }

    @Nullable
    Execution find(String id) {
        return byId.get(id);
    }

    /** A node says that it has it. */
    void restated(String id, Model model, Site site, long now) {
        if (!byId.containsKey(id)) {
            begin(Execution.restated(id, model, site, now));
            site.refresh();
        }
    }

    /** It ran to its end. Answers where it did; null when that is not known. */
    @Nullable
    Site ended(String id, long now) {
        var execution = byId.get(id);
        if (execution == null) {
            return null;
        }
        if (execution.isStarted()) {
            double seconds = execution.ranSeconds(now) * execution.site.speed();
            execution.model.ran(seconds);
            forecast.ran(seconds);
        }
        over(execution, now);
        return execution.site;
    }

    private void begin(Execution execution) {
        byId.put(execution.id, execution);
        execution.site.running.add(execution);
        execution.site.touch(execution.model);
        var entry = execution.entry();
        if (entry != null) {
            entry.line.runningCount++;
        }
    }

    /** Its tenant pays in advance, by what is expected. */
    void begin(Start start, double loadSeconds, long now) {
        var entry = start.entry();
        var execution = Execution.of(start, loadSeconds, now);
        begin(execution);
        execution.chargedSeconds =
                (loadSeconds + forecast.runSeconds(entry.line.model, start.site())) * entry.call.deviceCount();
        tenants.charge(entry.line.tenant, execution.chargedSeconds);
    }

    void started(String id, long now) {
        var execution = byId.get(id);
        if (execution == null || execution.isStarted()) {
            return;
        }
        execution.start(now);
        if (execution.warmth != Warmth.IDLE) {
            execution.model.loaded(execution.warmth, execution.loadedSeconds());
        }
    }

    /** Its node has it no more. */
    void over(Execution execution, long now) {
        byId.remove(execution.id);
        var entry = execution.entry();
        if (entry != null) {
            entry.line.runningCount--;
            double used = execution.heldSeconds(now) * entry.call.deviceCount();
            tenants.charge(entry.line.tenant, used - execution.chargedSeconds);
        }
        execution.site.running.remove(execution);
        execution.site.stir(execution.model);
        execution.site.refresh();
    }
}
