package dev.modulate.resonate.server.auth;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.wire.Envelopes.Content;
import org.jspecify.annotations.Nullable;

/** Lets operations and polls in, or says 401 or 403. Safe for any thread. */
public final class Access {
    private static final int UNAUTHENTICATED = 401;
    private static final int FORBIDDEN = 403;

    private final @Nullable Tokens tokens;

    /** @param tokens null to let everybody in */
    public Access(@Nullable Tokens tokens) {
        this.tokens = tokens;
    }

    /** Null when the caller may ask this. */
    public <A> Reply.@Nullable Refused<A> refusal(@Nullable String token, Content content) {
        var caller = caller(token);
        if (caller == null) {
            return new Reply.Refused<>(UNAUTHENTICATED, "Unauthorized");
        }
        boolean allowed = switch (content) {
            case Content.Operation operation -> caller.may(operation.request());
            // Where what it is about cannot be told, a prefix does not cover it.
            case Content.BadOperation bad -> caller.may(bad.ids());
            case Content.BadEnvelope bad -> true;
        };
        return allowed ? null : new Reply.Refused<>(FORBIDDEN, "Forbidden");
    }

    /** True when the caller may poll: for that a valid token is enough. */
    public boolean known(@Nullable String token) {
        return caller(token) != null;
    }

    private @Nullable Caller caller(@Nullable String token) {
        if (tokens == null) {
            return Caller.ADMIN;
        }
        return token == null ? null : tokens.caller(token);
    }
}
