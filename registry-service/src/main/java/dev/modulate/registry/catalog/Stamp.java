package dev.modulate.registry.catalog;

import java.time.Instant;

/** What a change is written under: the catalogue's next revision and the time. */
public record Stamp(long revision, Instant time) {}
