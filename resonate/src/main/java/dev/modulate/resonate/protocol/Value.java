package dev.modulate.resonate.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Headers and one opaque string, which servers never inspect. By convention the string is base64. */
public record Value(Map<String, String> headers, @Nullable String data) {
    public static final Value EMPTY = new Value(Map.of(), null);

    public Value {
        headers = Map.copyOf(headers);
    }

    /** Characters of the string and the headers. */
    public long chars() {
        return (data == null ? 0 : data.length()) + chars(headers);
    }

    static long chars(Map<String, String> texts) {
        if (texts.isEmpty()) {
            return 0;
        }
        long chars = 0;
        for (var text : texts.entrySet()) {
            chars += text.getKey().length() + text.getValue().length();
        }
        return chars;
    }
}
