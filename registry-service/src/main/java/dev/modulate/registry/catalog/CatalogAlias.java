package dev.modulate.registry.catalog;

import java.util.List;

/** A movable name for one version, or for two that share the calls. {@link CatalogRules} checks it. */
public record CatalogAlias(String id, List<Share> shares) {
    public CatalogAlias {
        shares = List.copyOf(shares);
    }

    /** @param percent share of the calls */
    public record Share(long version, long percent) {}
}
