package dev.modulate.router.foreign;

import java.util.regex.Pattern;

/** Names of this platform as programs of an SDK write them. */
final class SdkNames {
    static final String FUNCTION_RULE = "[a-z][a-z0-9-]{0,62}, perhaps with @VERSION or @ALIAS";

    /** Function and qualifier. */
    static final Pattern FUNCTION =
            Pattern.compile("(?:functions/)?([a-z][a-z0-9-]{0,62})(?:@([1-9][0-9]{0,17}|[a-z][a-z0-9-]{0,62}))?");

    static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");

    private SdkNames() {}
}
