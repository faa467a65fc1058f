package dev.modulate.api.admission;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What makes two calls with one id the same call: SHA-256 of the target as asked, the media type and the input. Every
 * field is preceded by its length, so that no two lists of fields give the same bytes.
 */
public final class RequestDigest {
    private final MessageDigest digest;

    private RequestDigest() {
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lower-case hex. */
    public static String of(Subject subject, String mediaType, Input input) {
        var fields = new RequestDigest();
        switch (subject) {
            case Subject.Deployed deployed ->
                fields.add("function").add(deployed.name()).add(deployed.qualifier());
            case Subject.Inline inline -> fields.add("inline").add(inline.spec().bytes());
            case Subject.Missing _ -> throw new IllegalStateException("a call without a target has no digest");
        }
        fields.add(mediaType).add(input.bytes());
        return HexFormat.of().formatHex(fields.digest.digest());
    }

    private RequestDigest add(String field) {
        return add(field.getBytes(StandardCharsets.UTF_8));
    }

    private RequestDigest add(byte[] field) {
        digest.update((byte) (field.length >>> 24));
        digest.update((byte) (field.length >>> 16));
        digest.update((byte) (field.length >>> 8));
        digest.update((byte) field.length);
        digest.update(field);
        return this;
    }
}
