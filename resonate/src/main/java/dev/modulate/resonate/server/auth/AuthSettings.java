package dev.modulate.resonate.server.auth;

import dev.modulate.observability.settings.SettingsReader;

/**
 * How callers prove who they are.
 *
 * @param key PEM of a public key (RSA, EC or Ed25519); {@code none} takes tokens without looking at their signature; empty
 *     asks for no token at all
 * @param issuer that tokens must name; empty for any
 * @param audience that tokens must be meant for; empty for any
 */
public record AuthSettings(String key, String issuer, String audience) {
    /** No token is asked for. */
    public static final AuthSettings OFF = new AuthSettings("", "", "");

    /** Value of {@link #key} that turns the check of signatures off. For tests only. */
    public static final String NO_SIGNATURES = "none";

    public static AuthSettings read(SettingsReader reader) {
        var settings = new AuthSettings(
                reader.text(
                        "resonate.auth-key",
                        "",
                        "Public key of the tokens that callers need, in PEM; none checks no signatures; empty asks for no token"),
                reader.text("resonate.auth-issuer", "", "Issuer that tokens must name; empty: any"),
                reader.text("resonate.auth-audience", "", "Audience that tokens must be meant for; empty: any"));
        if (settings.on() && settings.signed() && PublicKeys.parse(settings.key()) == null) {
            reader.mistake("resonate.auth-key", PublicKeys.RULE);
            return OFF;
        }
        return settings;
    }

    /** True when callers need a token. */
    public boolean on() {
        return !key.isEmpty();
    }

    boolean signed() {
        return !key.equals(NO_SIGNATURES);
    }
}
