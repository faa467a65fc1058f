package dev.modulate.registry.artifact;

import dev.modulate.registry.catalog.SpecRules;

/** What is known of stored bytes. */
public record Artifact(String sha256, long sizeBytes, Format format) {
    /** How the bytes are packed. */
    public enum Format {
        ZIP,
        FILE
    }

    public Artifact {
        if (!SpecRules.isDigest(sha256)) {
            throw new IllegalArgumentException("sha256: \"" + sha256 + "\" (expected: 64 lower-case hex digits)");
        }
        if (sizeBytes < 1) {
            throw new IllegalArgumentException("sizeBytes: " + sizeBytes + " (expected: > 0)");
        }
    }
}
