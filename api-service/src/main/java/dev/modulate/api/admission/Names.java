package dev.modulate.api.admission;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Grammar of the names that callers write. */
public final class Names {
    public static final int INVOCATION_ID_CHARS_MAX = 128;
    public static final String INVOCATION_ID_RULE = "[A-Za-z0-9_-]{1,128}";
    public static final String INVOCATION_NAME_RULE = "invocations/" + INVOCATION_ID_RULE;
    public static final String FUNCTION_NAME_RULE = "functions/[a-z][a-z0-9-]{0,62}";
    static final String QUALIFIER_RULE = "a version number, an alias, or empty";

    private static final String INVOCATIONS = "invocations/";
    private static final String FUNCTIONS = "functions/";
    private static final int FUNCTION_ID_CHARS_MAX = 63;
    private static final Pattern QUALIFIER = Pattern.compile("|[1-9][0-9]{0,17}|[a-z][a-z0-9-]{0,62}");
    private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");

    private Names() {}

    /** Letters, digits, {@code _} and {@code -}: no separator of any Resonate dialect among them. */
    public static boolean isInvocationId(String id) {
        if (id.isEmpty() || id.length() > INVOCATION_ID_CHARS_MAX) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (!isLowerOrDigit(c) && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** The id in {@code invocations/{id}}. */
    public static Optional<String> invocationId(String name) {
        if (!name.startsWith(INVOCATIONS)) {
            return Optional.empty();
        }
        return Optional.of(name.substring(INVOCATIONS.length())).filter(Names::isInvocationId);
    }

    public static String invocationName(String invocationId) {
        return INVOCATIONS + invocationId;
    }

    /** The id in {@code functions/{id}}, or null when the name breaks the grammar. */
    public static @Nullable String functionId(String name) {
        if (!name.startsWith(FUNCTIONS)) {
            return null;
        }
        String id = name.substring(FUNCTIONS.length());
        return isFunctionId(id) ? id : null;
    }

    private static boolean isFunctionId(String id) {
        if (id.isEmpty() || id.length() > FUNCTION_ID_CHARS_MAX || id.charAt(0) < 'a' || id.charAt(0) > 'z') {
            return false;
        }
        for (int i = 1; i < id.length(); i++) {
            char c = id.charAt(i);
            if (!isLowerOrDigit(c) && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLowerOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    static boolean isQualifier(String qualifier) {
        return qualifier.isEmpty() || QUALIFIER.matcher(qualifier).matches();
    }

    public static boolean isTenant(String tenant) {
        return TENANT.matcher(tenant).matches();
    }

    /** The promise of an invocation, which is its task too. */
    public static String promiseId(String tenant, String invocationId) {
        return tenant + "_" + invocationId;
    }
}
