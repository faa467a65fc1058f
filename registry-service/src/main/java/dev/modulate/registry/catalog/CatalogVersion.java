package dev.modulate.registry.catalog;

import java.time.Instant;

/** One immutable version of a function. */
public record CatalogVersion(FunctionName function, long number, Spec spec, Instant createTime) {}
