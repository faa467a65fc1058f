package dev.modulate.registry.catalog;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A function of a tenant. Its resource name is {@code functions/{id}}; the tenant is known from the caller. */
public record FunctionName(String tenant, String id) {
    /** In words, for a refusal. */
    public static final String ID_RULE =
            "lower-case letters, digits and dashes, 1 to 63 characters, starting with a letter";

    public static final String RULE = "functions/{function}, the last part being " + ID_RULE;

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");
    private static final String PREFIX = "functions/";

    public FunctionName {
        if (!TENANT.matcher(tenant).matches()) {
            throw new IllegalArgumentException("tenant: \"" + tenant + "\" (expected: " + TENANT + ")");
        }
        if (!isId(id)) {
            throw new IllegalArgumentException("function id: \"" + id + "\" (expected: " + ID_RULE + ")");
        }
    }

    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** Null when the text is no resource name of a function. */
    public static @Nullable FunctionName parse(String tenant, String resource) {
        if (!resource.startsWith(PREFIX)) {
            return null;
        }
        String id = resource.substring(PREFIX.length());
        return isId(id) ? new FunctionName(tenant, id) : null;
    }

    public String resource() {
        return PREFIX + id;
    }

    public String resourceOfVersion(long version) {
        return resource() + "/versions/" + version;
    }

    public String resourceOfAlias(String alias) {
        return resource() + "/aliases/" + alias;
    }
}
