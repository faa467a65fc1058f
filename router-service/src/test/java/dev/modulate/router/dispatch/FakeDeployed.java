package dev.modulate.router.dispatch;

import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.router.foreign.Deployed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Functions by tenant and name, each with one version. */
final class FakeDeployed implements Deployed {
    final List<Wanted> asked = new ArrayList<>();
    private final Map<String, FunctionVersion> versions = new HashMap<>();
    private boolean away;

    void deploy(String tenantAndName, long version, UnaryOperator<FunctionSpec.Builder> spec) {
        versions.put(
                tenantAndName,
                FunctionVersion.newBuilder()
                        .setVersion(version)
                        .setSpec(spec.apply(FunctionSpec.newBuilder().setHandler("main.run")))
                        .build());
    }

    /** Does not answer from now on, or again does. */
    void setAway(boolean away) {
        this.away = away;
    }

    @Override
    public CompletableFuture<Found> find(Wanted wanted) {
        asked.add(wanted);
        var version = versions.get(wanted.tenant() + "/" + wanted.name());
        Found found = away
                ? new Found.Unknown()
                : version == null ? new Found.Missing(wanted.name() + " not found") : new Found.Version(version);
        return CompletableFuture.completedFuture(found);
    }
}
