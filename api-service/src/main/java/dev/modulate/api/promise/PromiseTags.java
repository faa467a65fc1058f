package dev.modulate.api.promise;

import dev.modulate.resonate.protocol.Tags;
import java.util.Map;

/** Tags and headers that the platform writes on promises. */
public final class PromiseTags {
    public static final String KIND = "modulate:kind";
    public static final String KIND_INVOCATION = "invocation";
    public static final String KIND_ATTEMPT = "attempt";
    public static final String TENANT = "modulate:tenant";
    public static final String FUNCTION = "modulate:function";

    /** Digest of what the caller asked for. */
    public static final String REQUEST = "modulate:request";

    static final String HEADER_CONTENT_TYPE = "content-type";
    static final String HEADER_SETTLEMENT = "modulate:settlement";

    private PromiseTags() {}

    static Map<String, String> ofAttempts(String promiseId) {
        return Map.of(Tags.ORIGIN, promiseId, KIND, KIND_ATTEMPT);
    }
}
