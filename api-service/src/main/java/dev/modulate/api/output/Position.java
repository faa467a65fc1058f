package dev.modulate.api.output;

/** A place in the output of an invocation. */
public record Position(long attempt, long offset) {
    static final Position START = new Position(0, 0);
}
