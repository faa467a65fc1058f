package dev.modulate.api.admission;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks of a call that need nothing but the call. */
public final class Admission {
    /** 512 KiB with base64 counted. */
    public static final int INPUT_BYTES_MAX = 384 * 1024;

    private static final int SPEC_BYTES_MAX = 128 * 1024;

    private Admission() {}

    public static Verdict check(Ask ask) {
        String mediaType = MediaType.orJson(ask.mediaType());
        var violation = violation(ask, mediaType);
        if (violation != null) {
            return new Verdict.Refused(violation);
        }
        return new Verdict.Admitted(mediaType, RequestDigest.of(ask.subject(), mediaType, ask.input()));
    }

    /** Whether the function takes such an input. */
    public static Optional<Violation> mismatch(String declaredMediaType, String mediaType) {
        return MediaType.accepts(declaredMediaType, mediaType)
                ? Optional.empty()
                : Optional.of(new Violation(
                        "input.media_type", mediaType, declaredMediaType + ", which the function declares"));
    }

    private static @Nullable Violation violation(Ask ask, String mediaType) {
        if (!ask.invocationId().isEmpty() && !Names.isInvocationId(ask.invocationId())) {
            return new Violation("invocation_id", ask.invocationId(), Names.INVOCATION_ID_RULE);
        }
        var subject = subjectViolation(ask.subject());
        if (subject != null) {
            return subject;
        }
        if (ask.input().size() > INPUT_BYTES_MAX) {
            return new Violation("input.data", ask.input().size() + " bytes", "at most " + INPUT_BYTES_MAX);
        }
        if (!MediaType.legal(mediaType)) {
            return new Violation("input.media_type", mediaType, MediaType.RULE);
        }
        if (ask.ttl() != null && ask.ttl().violation().isPresent()) {
            return ask.ttl().violation().get();
        }
        return jsonViolation(ask, mediaType);
    }

    private static @Nullable Violation subjectViolation(Subject subject) {
        return switch (subject) {
            case Subject.Missing _ -> new Violation("target", "", "function or inline");
            case Subject.Inline inline ->
                inline.spec().size() > SPEC_BYTES_MAX
                        ? new Violation("target.inline", inline.spec().size() + " bytes", "at most " + SPEC_BYTES_MAX)
                        : null;
            case Subject.Deployed deployed -> {
                if (Names.functionId(deployed.name()) == null) {
                    yield new Violation("target.function.name", deployed.name(), Names.FUNCTION_NAME_RULE);
                }
                yield Names.isQualifier(deployed.qualifier())
                        ? null
                        : new Violation("target.function.qualifier", deployed.qualifier(), Names.QUALIFIER_RULE);
            }
        };
    }

    /** No bytes and no declared type is no input, which every function takes. */
    private static @Nullable Violation jsonViolation(Ask ask, String mediaType) {
        boolean absent = ask.input().size() == 0 && ask.mediaType().isEmpty();
        if (absent || !MediaType.isJson(mediaType)) {
            return null;
        }
        int wrong = JsonSyntax.firstError(ask.input().bytes());
        return wrong < 0
                ? null
                : new Violation("input.data", "malformed at byte " + wrong, "JSON in UTF-8, as " + mediaType + " says");
    }
}
