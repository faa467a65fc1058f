package dev.modulate.executor.call;

/**
 * An API process that wants output and result.
 *
 * @param address {@code host:port}, or the name of an API in the same process
 * @param incarnation which start of that process asked
 */
public record Sink(String address, String incarnation) {}
