package dev.modulate.registry.catalog;

/** Why a change or a question was not taken. */
public sealed interface Refusal {
    record Invalid(Violation violation) implements Refusal {}

    record NotFound(String resource) implements Refusal {}

    record AlreadyExists(String resource) implements Refusal {}

    record StaleEtag(String resource, String given, String stored) implements Refusal {}

    record UnknownArtifact(String sha256) implements Refusal {}

    /** @param what is full */
    record Full(String what, int max) implements Refusal {}
}
