package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a fake executor has loaded: an instance stays on its devices when its call is over, until another function needs
 * them. Not thread-safe.
 */
final class Instances {
    private final List<Instance> all = new ArrayList<>();
    private final Map<String, Instance> busy = new HashMap<>();
    private final Set<String> changed = new HashSet<>();

    private static final class Instance {
        private final String function;
        private final Set<String> devices;
        private boolean busy;

        private Instance(String function, Set<String> devices) {
            this.function = function;
            this.devices = devices;
        }
    }

    /** @param key of the execution */
    void begin(String key, Assignment assignment) {
        var devices = new LinkedHashSet<String>();
        assignment.getDevicesList().forEach(part -> devices.add(part.getDeviceId()));
        String function = functionKey(assignment);
        var instance = idle(function, devices);
        if (instance == null) {
            evict(devices);
            instance = new Instance(function, devices);
            all.add(instance);
        }
        instance.busy = true;
        busy.put(key, instance);
        changed.add(function);
    }

    void end(String key) {
        var instance = busy.remove(key);
        if (instance != null) {
            instance.busy = false;
            changed.add(instance.function);
        }
    }

    void clear() {
        all.clear();
        busy.clear();
        changed.clear();
    }

    static String functionKey(Assignment assignment) {
        var record = assignment.getRecord();
        return record.getTenant() + "/" + record.getTarget().getFunction().getName() + "/versions/"
                + record.getVersion();
    }

    /** Adds what has changed since the last report, or everything. */
    void addTo(LoadReport.Builder report, boolean whole) {
        var functions = new LinkedHashSet<String>();
        if (whole) {
            all.forEach(instance -> functions.add(instance.function));
        } else {
            functions.addAll(changed);
        }
        changed.clear();
        for (String function : functions) {
            add(report, function);
        }
    }

    private void add(LoadReport.Builder report, String function) {
        int count = 0;
        int idle = 0;
        var devices = new LinkedHashSet<String>();
        for (var instance : all) {
            if (instance.function.equals(function)) {
                count++;
                devices.addAll(instance.devices);
                idle += instance.busy ? 0 : 1;
            }
        }
        if (count == 0) {
            report.addRemovedFunctionKeys(function);
            return;
        }
        report.addResidencies(Residency.newBuilder()
                .setFunctionKey(function)
                .setTier(Residency.Tier.TIER_DEVICE)
                .setInstanceCount(count)
                .setIdleInstanceCount(idle)
                .addAllDeviceIds(devices));
    }

    private @Nullable Instance idle(String function, Set<String> devices) {
        for (var instance : all) {
            if (instance.function.equals(function) && instance.devices.equals(devices) && !instance.busy) {
                return instance;
            }
        }
        return null;
    }

    /** Whoever is idle there makes room. */
    private void evict(Set<String> devices) {
        all.removeIf(instance -> {
            boolean goes = !instance.busy && instance.devices.stream().anyMatch(devices::contains);
            if (goes) {
                changed.add(instance.function);
            }
            return goes;
        });
    }
}
