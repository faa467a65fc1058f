package dev.modulate.resonate.server.auth;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads public keys. */
final class PublicKeys {
    static final String RULE =
            "a public key in PEM, -----BEGIN PUBLIC KEY-----, of type RSA, EC or Ed25519; usually by file:PATH";

    private static final Pattern PEM =
            Pattern.compile("\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");

    private PublicKeys() {}

    /** Null when it is none. */
    static @Nullable PublicKey parse(String pem) {
        var matcher = PEM.matcher(pem);
        if (!matcher.matches()) {
            return null;
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(matcher.group(1));
        } catch (IllegalArgumentException e) {
            return null;
        }
        // The bytes name their algorithm; each factory takes its own only.
        for (String algorithm : ALGORITHMS) {
            var key = parse(der, algorithm);
            if (key != null) {
                return key;
            }
        }
        return null;
    }

    private static @Nullable PublicKey parse(byte[] der, String algorithm) {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }
}
