package dev.modulate.registry.proto;

import dev.modulate.observability.server.GrpcErrors;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Where the next page begins, in a form that callers have no reason to read. */
public final class PageToken {
    private static final int PAGE_SIZE_DEFAULT = 100;
    private static final int PAGE_SIZE_MAX = 1_000;

    private PageToken() {}

    public static int pageSize(int asked) {
        if (asked < 0 || asked > PAGE_SIZE_MAX) {
            throw GrpcErrors.invalid("page_size", asked, "0 to " + PAGE_SIZE_MAX);
        }
        return asked == 0 ? PAGE_SIZE_DEFAULT : asked;
    }

    /** @param list what is listed; a token of one list is no good for another */
    public static String after(String list, String last) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((list + "\n" + last).getBytes(StandardCharsets.UTF_8));
    }

    /** The last item of the page before; empty for an empty token. */
    public static String read(String list, String token) {
        if (token.isEmpty()) {
            return "";
        }
        String text = decode(token);
        if (!text.startsWith(list + "\n")) {
            throw refused(token);
        }
        return text.substring(list.length() + 1);
    }

    /** The same for a list of numbers that falls; an empty token begins above all of them. */
    public static long readNumber(String list, String token) {
        String last = read(list, token);
        try {
            return last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        } catch (NumberFormatException e) {
            throw refused(token);
        }
    }

    private static String decode(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw refused(token);
        }
    }

    private static RuntimeException refused(String token) {
        return GrpcErrors.invalid("page_token", token, "next_page_token of the page before, in the same list");
    }
}
