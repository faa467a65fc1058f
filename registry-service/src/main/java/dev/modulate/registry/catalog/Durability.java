package dev.modulate.registry.catalog;

/** Whether a call survives crashes. */
public enum Durability {
    /** Not known here; {@link SpecRules} refuses it. */
    UNKNOWN,
    DURABLE
}
