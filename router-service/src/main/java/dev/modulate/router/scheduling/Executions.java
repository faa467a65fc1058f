package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Warmth;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls that nodes have, and what is learned from them: times of loads and runs, and what their tenants use. */
final class Executions {
    private final Lines lines;

    /** Of calls that never waited here: their nodes told of them. The others are known to their lines. */
    private final Map<String, Execution> restated = new HashMap<>();

    private final Forecast forecast;
    private final Tenants tenants;

    Executions(Lines lines, Forecast forecast, Tenants tenants) {
        this.lines = lines;
        this.forecast = forecast;
        this.tenants = tenants;
    }

    @Nullable
    Execution find(String id) {
        var entry = lines.known(id);
        return entry != null && entry.execution != null ? entry.execution : restated.get(id);
    }

    /** A node says that it has it. Its tenant pays from now on: what it took before was charged elsewhere. */
    void restated(String id, Holding holding, Model model, Site site, long now) {
        if (find(id) != null) {
            return;
        }
        var tenant = tenants.of(holding.function().tenant());
        tenants.keep(tenant);
        var execution = Execution.restated(id, model, site, tenant, holding.devices(), now);
        begin(execution);
        charge(execution, forecast.runSeconds(model, site));
        site.refresh();
    }

    /** It ran to its end. Answers where it did; null when that is not known. */
    @Nullable
    Site ended(String id, long now) {
        var execution = find(id);
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
        execution.site.running.add(execution);
        execution.site.touch(execution.model);
        var entry = execution.entry();
        if (entry == null) {
            restated.put(execution.id, execution);
        } else {
            entry.execution = execution;
            entry.line.runningCount++;
        }
    }

    /** Its tenant pays in advance, by what is expected. */
    void begin(Start start, long now) {
        var model = start.entry().line.model;
        double loadSeconds = forecast.loadSeconds(model, start.warmth());
        var execution = Execution.of(start, loadSeconds, now);
        begin(execution);
        charge(execution, loadSeconds + forecast.runSeconds(model, start.site()));
    }

    private void charge(Execution execution, double seconds) {
        execution.chargedSeconds = seconds * execution.devices;
        tenants.charge(execution.tenant, execution.chargedSeconds);
    }

    void started(String id, long now) {
        var execution = find(id);
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
        forget(execution);
        tenants.charge(execution.tenant, execution.heldSeconds(now) * execution.devices - execution.chargedSeconds);
        var entry = execution.entry();
        if (entry == null) {
            tenants.letGo(execution.tenant);
        } else {
            entry.line.runningCount--;
        }
        execution.site.running.remove(execution);
        execution.site.stir(execution.model);
        execution.site.refresh();
    }

    private void forget(Execution execution) {
        var entry = lines.known(execution.id);
        if (entry != null && entry.execution == execution) {
            entry.execution = null;
            lines.forget(entry);
        } else {
            restated.remove(execution.id, execution);
        }
    }
}
