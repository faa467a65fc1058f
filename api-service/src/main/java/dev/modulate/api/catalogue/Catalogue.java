package dev.modulate.api.catalogue;

/** What calls can name: functions that are deployed, and specs that callers bring along. */
public record Catalogue(Functions functions, InlineSpecs inlineSpecs) {}
