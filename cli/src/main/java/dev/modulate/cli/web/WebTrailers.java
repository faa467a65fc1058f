package dev.modulate.cli.web;

import io.grpc.Metadata;
import io.grpc.Status;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The end of a gRPC-Web answer: status, message and details. */
final class WebTrailers {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private WebTrailers() {}

    /** Reads a trailers frame: lines {@code name: value}. */
    static Status read(byte[] frame, Metadata into) {
        String code = null;
        String message = null;
        for (String line : new String(frame, StandardCharsets.US_ASCII).lines().toList()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                continue;
            }
            String name = line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            switch (name) {
                case "grpc-status" -> code = value;
                case "grpc-message" -> message = value;
                case "grpc-status-details-bin" ->
                    into.put(DETAILS, Base64.getDecoder().decode(value));
                default -> {}
            }
        }
        return status(code == null ? "2" : code, message);
    }

    static void add(Metadata into, Map<String, List<String>> headers) {
        headers.forEach((name, values) -> {
            if (name != null && name.equalsIgnoreCase(DETAILS.originalName()) && !values.isEmpty()) {
                into.put(DETAILS, Base64.getDecoder().decode(values.getFirst()));
            }
        });
    }

    static Status status(String code, @Nullable String message) {
        Status status;
        try {
            status = Status.fromCodeValue(Integer.parseInt(code));
        } catch (NumberFormatException e) {
            status = Status.UNKNOWN;
        }
        // The message is percent-encoded; a plus is a plus.
        return message == null
                ? status
                : status.withDescription(URLDecoder.decode(message.replace("+", "%2B"), StandardCharsets.UTF_8));
    }
}
