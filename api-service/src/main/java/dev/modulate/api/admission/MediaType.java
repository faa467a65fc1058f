package dev.modulate.api.admission;

import java.util.Locale;
import java.util.regex.Pattern;

/** Media types of inputs. */
public final class MediaType {
    public static final String JSON = "application/json";
    static final String RULE = "type/subtype of at most 127 characters";

    private static final int CHARS_MAX = 127;
    private static final Pattern GRAMMAR =
            Pattern.compile("[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\\s*;[\\x20-\\x7e]*)?");

    private MediaType() {}

    /** What an empty type stands for. */
    public static String orJson(String mediaType) {
        return mediaType.isEmpty() ? JSON : mediaType;
    }

    static boolean legal(String mediaType) {
        return mediaType.equals(JSON)
                || (mediaType.length() <= CHARS_MAX
                        && GRAMMAR.matcher(mediaType).matches());
    }

    static boolean isJson(String mediaType) {
        String essence = essence(mediaType);
        return essence.equals(JSON) || essence.endsWith("+json");
    }

    /** @param declared by the function; empty takes anything */
    static boolean accepts(String declared, String mediaType) {
        return declared.isEmpty()
                || declared.equals(mediaType)
                || essence(declared).equals(essence(mediaType));
    }

    private static String essence(String mediaType) {
        if (mediaType.equals(JSON)) {
            return JSON;
        }
        int parameters = mediaType.indexOf(';');
        return (parameters < 0 ? mediaType : mediaType.substring(0, parameters))
                .strip()
                .toLowerCase(Locale.ROOT);
    }
}
