package dev.modulate.executor.call;

/** How an attempt ended by itself. */
public sealed interface Outcome {
    record Returned(Payload output) implements Outcome {}

    record Failed(Failure failure) implements Outcome {}
}
