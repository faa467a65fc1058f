package dev.modulate.registry.artifact;

/** Bytes are not what they were said to be. Carries what the uploader must be told. */
public final class ArtifactRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String field;
    private final String value;
    private final String rule;

    public ArtifactRefusedException(String field, String value, String rule) {
        super(field + ": " + value + " (expected: " + rule + ")");
        this.field = field;
        this.value = value;
        this.rule = rule;
    }

    public String field() {
        return field;
    }

    public String value() {
        return value;
    }

    public String rule() {
        return rule;
    }
}
