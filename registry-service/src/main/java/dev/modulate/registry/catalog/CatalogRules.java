package dev.modulate.registry.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What each change does to a function. The caller reads, asks here, and writes the outcome. */
public final class CatalogRules {
    /** Bounds what a watcher is sent for one function. */
    public static final int ALIASES_MAX = 16;

    private static final int PERCENT = 100;

    private CatalogRules() {}

    /**
     * @param existing the function of that name, if any
     * @param lastVersion newest version of a deleted function of that name, else zero. Numbers go on after it: a
     *     warm instance of a deleted version must not serve a new one
     */
    public static Outcome create(
            FunctionName name, Spec spec, @Nullable CatalogFunction existing, long lastVersion, Stamp stamp) {
        var violation = SpecRules.check(spec);
        if (violation.isPresent()) {
            return new Outcome.Refused(new Refusal.Invalid(violation.get()));
        }
        if (existing != null) {
            return new Outcome.Refused(new Refusal.AlreadyExists(name.resource()));
        }
        var created = new CatalogFunction(
                name, lastVersion + 1, spec, List.of(), stamp.time(), stamp.time(), stamp.revision());
        return new Outcome.Written(created, created.newest());
    }

    /** @param etag empty takes whatever is stored */
    public static Outcome update(CatalogFunction function, String etag, Spec spec, Stamp stamp) {
        var violation = SpecRules.check(spec);
        if (violation.isPresent()) {
            return new Outcome.Refused(new Refusal.Invalid(violation.get()));
        }
        var stale = stale(function, etag);
        if (stale.isPresent()) {
            return stale.get();
        }
        if (spec.equals(function.spec())) {
            return new Outcome.Unchanged(function);
        }
        var updated = function.withVersion(function.version() + 1, spec, stamp);
        return new Outcome.Written(updated, updated.newest());
    }

    /** @param etag empty takes whatever is stored */
    public static Outcome delete(CatalogFunction function, String etag, Stamp stamp) {
        return stale(function, etag).orElseGet(() -> new Outcome.Removed(function.name(), stamp.revision()));
    }

    /** Whether the versions exist is for the caller to say. */
    public static Outcome setAlias(CatalogFunction function, CatalogAlias alias, Stamp stamp) {
        var violation = check(alias);
        if (violation.isPresent()) {
            return new Outcome.Refused(new Refusal.Invalid(violation.get()));
        }
        var before = function.alias(alias.id());
        if (before.isPresent() && before.get().equals(alias)) {
            return new Outcome.Unchanged(function);
        }
        if (before.isEmpty() && function.aliases().size() >= ALIASES_MAX) {
            return new Outcome.Refused(
                    new Refusal.Full("aliases of " + function.name().resource(), ALIASES_MAX));
        }
        var aliases = without(function, alias.id());
        aliases.add(alias);
        return new Outcome.Written(function.withAliases(aliases, stamp), null);
    }

    public static Outcome deleteAlias(CatalogFunction function, String alias, Stamp stamp) {
        if (function.alias(alias).isEmpty()) {
            return new Outcome.Refused(new Refusal.NotFound(function.name().resourceOfAlias(alias)));
        }
        return new Outcome.Written(function.withAliases(without(function, alias), stamp), null);
    }

    private static List<CatalogAlias> without(CatalogFunction function, String alias) {
        var aliases = new ArrayList<>(function.aliases());
        aliases.removeIf(other -> other.id().equals(alias));
        return aliases;
    }

    private static Optional<Outcome> stale(CatalogFunction function, String etag) {
        return etag.isEmpty() || etag.equals(function.etag())
                ? Optional.empty()
                : Optional.of(new Outcome.Refused(
                        new Refusal.StaleEtag(function.name().resource(), etag, function.etag())));
    }

    private static Optional<Violation> check(CatalogAlias alias) {
        var shares = alias.shares();
        if (shares.isEmpty() || shares.size() > 2) {
            return violation("alias.targets", shares.size() + " targets", "one or two");
        }
        for (int i = 0; i < shares.size(); i++) {
            long percent = shares.get(i).percent();
            if (percent < 1 || percent > PERCENT) {
                return violation("alias.targets[" + i + "].weight_percent", percent, "1 to 100");
            }
        }
        if (shares.size() == 2 && shares.get(0).version() == shares.get(1).version()) {
            return violation("alias.targets", shares.get(0).version() + " twice", "two different versions");
        }
        long sum = shares.stream().mapToLong(CatalogAlias.Share::percent).sum();
        return sum == PERCENT ? Optional.empty() : violation("alias.targets", sum, "weights that add up to 100");
    }

    private static Optional<Violation> violation(String field, Object value, String rule) {
        return Optional.of(new Violation(field, String.valueOf(value), rule));
    }
}
