package dev.modulate.registry.catalog;

import java.util.List;

/**
 * What a watcher needs to know of a function.
 *
 * @param versions the newest and all that an alias names, newest first
 */
public record CatalogEntry(CatalogFunction function, List<CatalogVersion> versions) {
    public CatalogEntry {
        versions = List.copyOf(versions);
    }
}
