package dev.modulate.registry.catalog;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An alias of a function. {@code latest} is reserved: it always means the newest version. */
public record AliasName(FunctionName function, String id) {
    static final String LATEST = "latest";

    public static final String RULE = "functions/{function}/aliases/{alias}, each id being " + FunctionName.ID_RULE
            + ", the alias not being " + LATEST;

    private static final Pattern RESOURCE = Pattern.compile("(functions/[^/]*)/aliases/([^/]*)");

    public AliasName {
        if (!FunctionName.isId(id) || id.equals(LATEST)) {
            throw new IllegalArgumentException("alias: \"" + id + "\" (expected: " + RULE + ")");
        }
    }

    /** Null when the text is no resource name of an alias. */
    public static @Nullable AliasName parse(String tenant, String resource) {
        Matcher matcher = RESOURCE.matcher(resource);
        if (!matcher.matches()) {
            return null;
        }
        var function = FunctionName.parse(tenant, matcher.group(1));
        String alias = matcher.group(2);
        return function == null || !FunctionName.isId(alias) || alias.equals(LATEST)
                ? null
                : new AliasName(function, alias);
    }

    public String resource() {
        return function.resourceOfAlias(id);
    }
}
