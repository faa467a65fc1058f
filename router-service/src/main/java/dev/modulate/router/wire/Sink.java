package dev.modulate.router.wire;

/** An API process that wants output and result. */
public record Sink(String address, String incarnation) {}
