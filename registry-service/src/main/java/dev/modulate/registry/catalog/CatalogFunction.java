package dev.modulate.registry.catalog;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A function as it stands.
 *
 * @param version number of the newest version
 * @param spec of the newest version
 * @param aliases in name order
 * @param updateTime when the newest version was created
 * @param revision of the catalogue that changed the function last
 */
public record CatalogFunction(
        FunctionName name,
        long version,
        Spec spec,
        List<CatalogAlias> aliases,
        Instant createTime,
        Instant updateTime,
        long revision) {
    public CatalogFunction {
        if (version < 1) {
            throw new IllegalArgumentException("version: " + version + " (expected: > 0)");
        }
        aliases =
                aliases.stream().sorted(Comparator.comparing(CatalogAlias::id)).toList();
    }

    /** Changes with every change; revisions are never used twice, so neither is an etag. */
    public String etag() {
        return Long.toString(revision, Character.MAX_RADIX);
    }

    public Optional<CatalogAlias> alias(String id) {
        return aliases.stream().filter(alias -> alias.id().equals(id)).findFirst();
    }

    CatalogFunction withVersion(long version, Spec spec, Stamp stamp) {
        return new CatalogFunction(name, version, spec, aliases, createTime, stamp.time(), stamp.revision());
    }

    CatalogFunction withAliases(List<CatalogAlias> aliases, Stamp stamp) {
        return new CatalogFunction(name, version, spec, aliases, createTime, updateTime, stamp.revision());
    }

    CatalogVersion newest() {
        return new CatalogVersion(name, version, spec, updateTime);
    }
}
