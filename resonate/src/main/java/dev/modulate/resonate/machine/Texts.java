package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Texts that cannot be stored: UTF-8 has no half of a surrogate pair, and would keep another text instead. */
final class Texts {
    private Texts() {}

    /** Null, or words for the caller. */
    static @Nullable String of(String field, @Nullable String text) {
        int at = text == null ? -1 : unpaired(text);
        return at < 0 ? null : field + " must not hold half of a surrogate pair (character " + at + ")";
    }

    static @Nullable String of(String field, Map<String, String> texts) {
        for (var text : texts.entrySet()) {
            String mistake = Checks.first(of(field, text.getKey()), of(field, text.getValue()));
            if (mistake != null) {
                return mistake;
            }
        }
        return null;
    }

    static @Nullable String of(String field, Value value) {
        return Checks.first(of(field + ".data", value.data()), of(field + ".headers", value.headers()));
    }

    /** Where the first half without the other is, or -1. */
    private static int unpaired(String text) {
        boolean high = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isLowSurrogate(c) != high) {
                return high ? i - 1 : i;
            }
            high = Character.isHighSurrogate(c);
        }
        return high ? text.length() - 1 : -1;
    }
}
