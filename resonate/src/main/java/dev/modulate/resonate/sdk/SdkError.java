package dev.modulate.resonate.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * What a rejected promise holds (as base64) for an SDK to make an error of, which it throws.
 *
 * @param name of the error, stable
 * @param message for humans
 * @param trace where it happened, or empty
 */
public record SdkError(String name, String message, String trace) {
    private static final JsonFactory JSON = new JsonFactory();

    public String json() {
        var text = new StringWriter();
        try (var json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("__type", "error");
            json.writeStringField("name", name);
            json.writeStringField("message", message);
            json.writeStringField("stack", name + ": " + message + (trace.isEmpty() ? "" : "\n" + trace));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return text.toString();
    }
}
