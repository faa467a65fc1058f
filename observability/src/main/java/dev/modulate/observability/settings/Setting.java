package dev.modulate.observability.settings;

/** One setting as it was read: for the documentation and for the log at start. */
public record Setting(String key, String type, String defaultValue, String meaning) {}
