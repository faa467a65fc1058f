package dev.modulate.registry.catalog;

/** Whether several devices must reach each other over NVLink, as the caller wrote it. */
public enum DeviceLink {
    UNSPECIFIED,
    PREFERRED,
    REQUIRED,
    /** A value of a newer contract. */
    UNKNOWN
}
