package dev.modulate.resonate.sdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.modulate.resonate.protocol.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;

/**
 * The param of a promise that calls a function: base64 of {@code {"func": "name", "args": [...]}}. Whatever else an SDK
 * writes there (its version, its retry policy) concerns workers of that SDK.
 */
public sealed interface SdkParam {
    /**
     * A call.
     *
     * @param count of the arguments
     * @param arguments the JSON array as it was written
     */
    record Call(String func, int count, String arguments) implements SdkParam {
        /** The only argument, as it was written. */
        public String onlyArgument() {
            if (count != 1) {
                throw new IllegalStateException("arguments: " + count + " (expected: 1)");
            }
            return arguments.substring(1, arguments.length() - 1).strip();
        }
    }

    /** @param message says what is missing or wrong */
    record Wrong(String message) implements SdkParam {}

    static SdkParam read(Value param) {
        String data = param.data();
        if (data == null || data.isEmpty()) {
            return new Wrong("param.data: empty (expected: base64 of {\"func\": NAME, \"args\": [...]})");
        }
        try {
            return ParamReader.read(data);
        } catch (IllegalArgumentException e) {
            return new Wrong("param.data: no base64: " + e.getMessage());
        } catch (CharacterCodingException e) {
            return new Wrong("param.data: no UTF-8 after base64 (expected: JSON; is it encrypted?)");
        } catch (JsonProcessingException e) {
            return new Wrong("param.data: no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }
}
