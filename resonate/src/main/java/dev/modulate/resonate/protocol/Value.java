package dev.modulate.resonate.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Headers and one opaque string, which servers never inspect. By convention the string is base64. */
public record Value(Map<String, String> headers, @Nullable String data) {
    public static final Value EMPTY = new Value(Map.of(), null);

    public Value {
        headers = Map.copyOf(headers);
    }
}
