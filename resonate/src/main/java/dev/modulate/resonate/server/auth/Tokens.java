package dev.modulate.resonate.server.auth;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.io.AbstractDeserializer;
import java.io.IOException;
import java.io.Reader;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * JSON web tokens. What a valid one says is remembered until it expires, since callers send the same one with each
 * request; a private lock guards that memory.
 */
public final class Tokens {
    private static final int REMEMBERED_MAX = 1_000;
    private static final int TOKEN_CHARS_MAX = 8 << 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final AuthSettings settings;
    private final InstantSource clock;
    private final @Nullable JwtParser parser;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Known> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** The library brings no JSON of its own. */
    private static final class Claims extends AbstractDeserializer<Map<String, ?>> {
        private static final TypeReference<Map<String, ?>> OBJECT = new TypeReference<>() {};

        @Override
        protected Map<String, ?> doDeserialize(Reader reader) throws IOException {
            return JSON.readValue(reader, OBJECT);
        }
    }

    private record Known(Caller caller, long expiresAtSeconds) {}

    private Tokens(AuthSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.parser = settings.signed()
                ? Jwts.parser()
                        .verifyWith(Objects.requireNonNull(PublicKeys.parse(settings.key()), PublicKeys.RULE))
                        .clock(() -> Date.from(clock.instant()))
                        .json(new Claims())
                        .build()
                : null;
    }

    /** Null when no token is asked for. */
    public static @Nullable Tokens of(AuthSettings settings, InstantSource clock) {
        return settings.on() ? new Tokens(settings, clock) : null;
    }

    /** Null when the token proves nothing. */
    @Nullable
    Caller caller(String token) {
        var known = recall(token);
        if (known == null) {
            known = read(token);
        }
        if (known == null || known.expiresAtSeconds() <= clock.instant().getEpochSecond()) {
            return null;
        }
        remember(token, known);
        return known.caller();
    }

    private @Nullable Known recall(String token) {
        lock.lock();
        try {
            return remembered.get(token);
        } finally {
            lock.unlock();
        }
    }

    private void remember(String token, Known known) {
        lock.lock();
        try {
            remembered.put(token, known);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Known read(String token) {
        if (token.length() > TOKEN_CHARS_MAX || !signatureHolds(token)) {
            return null;
        }
        var claims = claims(token);
        if (claims == null || !claims.path("exp").canConvertToLong() || !meantForUs(claims)) {
            return null;
        }
        boolean admin = claims.path("role").asText("").equalsIgnoreCase("admin");
        String prefix =
                claims.path("prefix").isTextual() ? claims.path("prefix").textValue() : null;
        return new Known(new Caller(admin, prefix), claims.path("exp").longValue());
    }

    private boolean signatureHolds(String token) {
        if (parser == null) {
            return true;
        }
        try {
            parser.parseSignedClaims(token);
            return true;
        } catch (JwtException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The claims of a token whose signature was checked, or is not to be. */
    private static @Nullable JsonNode claims(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return null;
        }
        try {
            var claims = JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
            return claims != null && claims.isObject() ? claims : null;
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    private boolean meantForUs(JsonNode claims) {
        boolean issuer =
                settings.issuer().isEmpty() || claims.path("iss").asText("").equals(settings.issuer());
        var audience = claims.path("aud");
        boolean meant = settings.audience().isEmpty()
                || (audience.isArray()
                        ? StreamSupport.stream(audience.spliterator(), false)
                                .anyMatch(one -> one.asText("").equals(settings.audience()))
                        : audience.asText("").equals(settings.audience()));
        return issuer && meant;
    }
}
