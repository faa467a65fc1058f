package dev.modulate.router.wire;

/** A durable task and the version that fences older holders. */
public record TaskVersion(String id, long version) {}
