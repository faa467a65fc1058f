package dev.modulate.api.catalogue;

import dev.modulate.registry.v1.FunctionSpec;

/** A version that a call runs. */
public record Pinned(long version, FunctionSpec spec) {}
