package dev.modulate.executor.call;

/** Streams of an attempt's output. */
public enum OutputKind {
    /** Partial results. */
    RESULT,
    STDOUT,
    STDERR
}
