package dev.modulate.registry.catalog;

/** Who may use the same device at the same time, as the caller wrote it. */
public enum DeviceIsolation {
    UNSPECIFIED,
    TENANT,
    FUNCTION,
    NONE,
    /** A value of a newer contract. */
    UNKNOWN
}
