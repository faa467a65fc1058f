package dev.modulate.api.admission;

/** What a caller wants run, as asked. */
public sealed interface Subject {
    /** A deployed function by name and qualifier. */
    record Deployed(String name, String qualifier) implements Subject {}

    /** A spec that the caller brings along, in canonical bytes. */
    record Inline(Input spec) implements Subject {}

    /** The caller left it out. */
    record Missing() implements Subject {}
}
