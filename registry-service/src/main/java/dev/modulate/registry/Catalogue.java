package dev.modulate.registry;

import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.catalog.CatalogAlias;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogRules;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Outcome;
import dev.modulate.registry.catalog.Refusal;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.catalog.Stamp;
import dev.modulate.registry.catalog.VersionPick;
import dev.modulate.registry.store.CatalogStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Reads, asks the rules, writes, tells the watchers. Runs on the {@link CatalogueLane} only. */
final class Catalogue {
    static final String FUNCTIONS = "modulate.registry.functions";

    /** A snapshot must fit into what a watcher may have waiting. */
    static final int FUNCTIONS_MAX = 10_000;

    /** Whether a change is written or only looked at. */
    enum Intent {
        WRITE,
        VALIDATE
    }

    private final CatalogStore store;
    private final FunctionWatches watches;
    private final InstantSource clock;
    private final AtomicLong functionCount = new AtomicLong();

    Catalogue(CatalogStore store, FunctionWatches watches, MeterRegistry meters, InstantSource clock) {
        this.store = store;
        this.watches = watches;
        this.clock = clock;
        Gauge.builder(FUNCTIONS, functionCount, AtomicLong::get)
                .description("Functions in the catalogue")
                .register(meters);
    }

    /** Call once when the store is open. */
    void opened() {
        functionCount.set(store.functionCount());
    }

    long revision() {
        return store.revision();
    }

    Optional<CatalogFunction> function(FunctionName name) {
        return store.function(name);
    }

    List<CatalogFunction> functions(String tenant, String afterId, int max) {
        return store.functions(tenant, afterId, max);
    }

    List<CatalogVersion> versions(FunctionName name, long below, int max) {
        return store.versions(name, below, max);
    }

    Optional<Artifact> artifact(String sha256) {
        return store.artifact(sha256);
    }

    void putArtifact(Artifact artifact) {
        store.putArtifact(artifact);
    }

    /** The version that the qualifier names now. */
    Optional<CatalogVersion> resolve(CatalogFunction function, String qualifier, String key) {
        var number = VersionPick.of(function, qualifier, key);
        return number.isEmpty() ? Optional.empty() : store.version(function.name(), number.getAsLong());
    }

    Outcome create(FunctionName name, Spec spec, Intent intent) {
        var existing = store.function(name).orElse(null);
        var outcome = CatalogRules.create(name, spec, existing, store.lastVersion(name), stamp());
        if (outcome instanceof Outcome.Written && functionCount.get() >= FUNCTIONS_MAX) {
            return new Outcome.Refused(new Refusal.Full("functions", FUNCTIONS_MAX));
        }
        return commit(withKnownArtifact(outcome), intent);
    }

    /** @param change makes the new spec of the stored one */
    Outcome update(FunctionName name, String etag, UnaryOperator<Spec> change, Intent intent) {
        return store.function(name)
                .map(function -> CatalogRules.update(function, etag, change.apply(function.spec()), stamp()))
                .map(outcome -> commit(withKnownArtifact(outcome), intent))
                .orElseGet(() -> notFound(name.resource()));
    }

    Outcome delete(FunctionName name, String etag) {
        return store.function(name)
                .map(function -> commit(CatalogRules.delete(function, etag, stamp()), Intent.WRITE))
                .orElseGet(() -> notFound(name.resource()));
    }

    Outcome setAlias(FunctionName name, CatalogAlias alias) {
        return store.function(name)
                .map(function -> CatalogRules.setAlias(function, alias, stamp()))
                .map(outcome -> commit(withKnownVersions(name, alias, outcome), Intent.WRITE))
                .orElseGet(() -> notFound(name.resource()));
    }

    Outcome deleteAlias(FunctionName name, String alias) {
        return store.function(name)
                .map(function -> commit(CatalogRules.deleteAlias(function, alias, stamp()), Intent.WRITE))
                .orElseGet(() -> notFound(name.resource()));
    }

    private Outcome withKnownArtifact(Outcome outcome) {
        if (outcome instanceof Outcome.Written(var function, var added) && added != null) {
            String sha256 = function.spec().code().artifactSha256();
            if (store.artifact(sha256).isEmpty()) {
                return new Outcome.Refused(new Refusal.UnknownArtifact(sha256));
            }
        }
        return outcome;
    }

    private Outcome withKnownVersions(FunctionName name, CatalogAlias alias, Outcome outcome) {
        if (!(outcome instanceof Outcome.Written)) {
            return outcome;
        }
        return alias.shares().stream()
                .filter(share -> store.version(name, share.version()).isEmpty())
                .findFirst()
                .map(share -> notFound(name.resourceOfVersion(share.version())))
                .orElse(outcome);
    }

    private Outcome commit(Outcome outcome, Intent intent) {
        if (intent == Intent.VALIDATE) {
            return outcome;
        }
        switch (outcome) {
            case Outcome.Written written -> {
                store.write(written);
                watches.upserted(store.entry(written.function().name()).orElseThrow(), store.revision());
            }
            case Outcome.Removed removed -> {
                store.remove(removed);
                watches.deleted(removed.name(), removed.revision());
            }
            case Outcome.Unchanged _, Outcome.Refused _ -> {}
        }
        functionCount.set(store.functionCount());
        return outcome;
    }

    private Stamp stamp() {
        return new Stamp(store.revision() + 1, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    private static Outcome notFound(String resource) {
        return new Outcome.Refused(new Refusal.NotFound(resource));
    }
}
