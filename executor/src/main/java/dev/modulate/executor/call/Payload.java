package dev.modulate.executor.call;

import com.google.protobuf.ByteString;

/** Bytes with a media type. */
public record Payload(String mediaType, ByteString data) {
    public static final String JSON = "application/json";

    public Payload {
        mediaType = mediaType.isEmpty() ? JSON : mediaType;
    }
}
