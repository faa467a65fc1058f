package dev.modulate.resonate.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Reads one text. Arguments are cut out rather than built, so that numbers stay what they are. */
final class ParamReader {
    /** Deeper nesting would exhaust the stack of a recursive parser in a function. */
    private static final int DEPTH_MAX = 256;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
            .build();

    private final String text;
    private @Nullable String func;
    private @Nullable String arguments;
    private int count;

    private ParamReader(String text) {
        this.text = text;
    }

    /** @param data base64 of UTF-8 */
    static SdkParam read(String data) throws IOException {
        var bytes = Base64.getDecoder().decode(data);
        return new ParamReader(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString())
                .read();
    }

    private SdkParam read() throws IOException {
        try (var parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return new SdkParam.Wrong("param.data: no JSON object (expected: {\"func\": NAME, \"args\": [...]})");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String wrong = member(parser, parser.currentName());
                if (wrong != null) {
                    return new SdkParam.Wrong(wrong);
                }
            }
            if (parser.nextToken() != null) {
                return new SdkParam.Wrong("param.data: more than one JSON text");
            }
        }
        if (func == null) {
            return new SdkParam.Wrong("func: missing (expected: the name of a function)");
        }
        return new SdkParam.Call(func, count, arguments == null ? "[]" : arguments);
    }

    private @Nullable String member(JsonParser parser, String name) throws IOException {
        var token = parser.nextToken();
        switch (name) {
            case "func" -> {
                if (token != JsonToken.VALUE_STRING) {
                    return "func: " + token + " (expected: a string)";
                }
                func = parser.getText();
            }
            case "args" -> {
                if (token != JsonToken.START_ARRAY) {
                    return "args: " + token + " (expected: an array)";
                }
                readArguments(parser);
            }
            default -> parser.skipChildren();
        }
        return null;
    }

    private void readArguments(JsonParser parser) throws IOException {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            parser.skipChildren();
            count++;
        }
        arguments = text.substring(start, (int) parser.currentTokenLocation().getCharOffset() + 1);
    }
}
