package dev.modulate.api.catalogue;

import dev.modulate.api.admission.Pinning;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionEntry;
import dev.modulate.registry.v1.FunctionKey;
import dev.modulate.registry.v1.FunctionSpec;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Functions by tenant and name. For one writer and many readers. */
final class FunctionEntries {
    /** Old versions remembered for each function. */
    private static final int OLD_VERSIONS_MAX = 64;

    private final Map<Key, Entry> entries = new ConcurrentHashMap<>();

    record Key(String tenant, String name) {}

    /** @param versions grows by old versions that somebody asked for */
    record Entry(Pinning.Choices choices, Map<Long, FunctionSpec> versions) {
        @Nullable
        Pinned pinned(long version) {
            var spec = versions.get(version);
            return spec == null ? null : new Pinned(version, spec);
        }

        void remember(Pinned old) {
            if (versions.size() < OLD_VERSIONS_MAX) {
                versions.put(old.version(), old.spec());
            }
        }
    }

    @Nullable
    Entry find(String tenant, String name) {
        return entries.get(new Key(tenant, name));
    }

    int size() {
        return entries.size();
    }

    void upsert(FunctionEntry entry) {
        var function = entry.getFunction();
        var versions = new ConcurrentHashMap<Long, FunctionSpec>();
        versions.put(function.getVersion(), function.getSpec());
        entry.getVersionsList().forEach(version -> versions.put(version.getVersion(), version.getSpec()));
        entries.put(new Key(function.getTenant(), function.getName()), new Entry(choices(function), versions));
    }

    void delete(FunctionKey key) {
        entries.remove(new Key(key.getTenant(), key.getName()));
    }

    private static Pinning.Choices choices(Function function) {
        Map<String, List<Pinning.Share>> aliases = function.getAliasesList().stream()
                .collect(Collectors.toMap(
                        alias -> alias.getName().substring(alias.getName().lastIndexOf('/') + 1),
                        alias -> alias.getTargetsList().stream()
                                .map(target -> new Pinning.Share(target.getVersion(), target.getWeightPercent()))
                                .toList()));
        return new Pinning.Choices(function.getVersion(), aliases);
    }
}
