package dev.modulate.resonate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.observability.settings.SettingsException;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.server.auth.AuthSettings;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens: which hold, and what their bearers may do. Tokens are made by hand, from the JDK's own signatures. */
class AuthTest {
    private static final long EXPIRES = 4_000_000_000L;
    private static final KeyPair KEYS = keys("Ed25519", null);

    @TempDir
    Path folder;

    private RunningServer start(AuthSettings auth) {
        return new RunningServer(RunningServer.settings(folder, PollGroups.CONNECTIONS_MAX, List.of("any"), auth));
    }

    @ParameterizedTest
    @CsvSource({
        "RSA,,RS256,SHA256withRSA",
        "RSA,,PS256,RSASSA-PSS",
        "EC,secp256r1,ES256,SHA256withECDSAinP1363Format",
        "EC,secp384r1,ES384,SHA384withECDSAinP1363Format",
        "Ed25519,,EdDSA,Ed25519"
    })
    void takesTokensOfEveryKindOfKeyAndNoOthers(
            String type, @Nullable String curve, String algorithm, String signature) {
        var keys = keys(type, curve);
        var others = keys(type, curve);
        try (var server = start(new AuthSettings(pem(keys), "", ""))) {
            String claims = "{\"exp\":%d,\"role\":\"Admin\"}".formatted(EXPIRES);
            assertThat(status(server, sign(keys, algorithm, signature, claims))).isEqualTo(404);
            assertThat(status(server, sign(keys, algorithm, signature, claims))).isEqualTo(404);
            assertThat(status(server, sign(others, algorithm, signature, claims)))
                    .isEqualTo(401);
            assertThat(status(server, hmacWithThePublicKey(keys, claims))).isEqualTo(401);
            assertThat(status(server, unsigned(claims))).isEqualTo(401);
            assertThat(status(server, "")).isEqualTo(401);
            assertThat(status(server, "nonsense")).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":[\"x\",\"here\"],\"prefix\":\"\"};404",
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":\"here\",\"prefix\":\"\"};404",
                "{\"exp\":4000000000,\"iss\":\"them\",\"aud\":\"here\",\"prefix\":\"\"};401",
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":[\"x\"],\"prefix\":\"\"};401",
                "{\"exp\":4000000000,\"iss\":\"us\",\"prefix\":\"\"};401",
                "{\"exp\":1000,\"iss\":\"us\",\"aud\":\"here\",\"prefix\":\"\"};401",
                "{\"iss\":\"us\",\"aud\":\"here\",\"prefix\":\"\"};401",
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":\"here\"};403",
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":\"here\",\"prefix\":null};403",
                "{\"exp\":4000000000,\"iss\":\"us\",\"aud\":\"here\",\"prefix\":7};403"
            })
    void checksWhatTheTokenClaims(String claims, int status) {
        try (var server = start(new AuthSettings(pem(KEYS), "us", "here"))) {
            assertThat(status(server, token(claims))).isEqualTo(status);
        }
    }

    @Test
    void aPrefixCoversTheIdsThatBeginWithIt() {
        String token = token("{\"exp\":%d,\"prefix\":\"team-\"}".formatted(EXPIRES));
        try (var server = start(new AuthSettings(pem(KEYS), "", ""))) {
            assertThat(post(server, token, "promise.create", RunningServer.promise("team-a", "poll://any@g")))
                    .isEqualTo(200);
            assertThat(post(server, token, "promise.create", RunningServer.promise("other", "poll://any@g")))
                    .isEqualTo(403);
            assertThat(post(server, token, "promise.get", "{\"id\":\"team-x\"}"))
                    .isEqualTo(404);
            String both = "{\"pid\":\"p\",\"tasks\":[{\"id\":\"team-a\",\"version\":1},{\"id\":\"%s\",\"version\":1}]}";
            assertThat(post(server, token, "task.heartbeat", both.formatted("team-b")))
                    .isEqualTo(200);
            assertThat(post(server, token, "task.heartbeat", both.formatted("other")))
                    .isEqualTo(403);
            assertThat(post(server, token, "promise.register_callback", "{\"awaited\":\"x\",\"awaiter\":\"team-a\"}"))
                    .isEqualTo(403);
            String oddTasks = "{\"tasks\":[{\"id\":\"team-a\"},{\"id\":\"%s\"}]}";
            assertThat(post(server, token, "promise.create", "{\"id\":\"team-a\",\"timeoutAt\":\"soon\"}"))
                    .isEqualTo(400);
            assertThat(post(server, token, "promise.create", "{\"id\":\"other\",\"timeoutAt\":\"soon\"}"))
                    .isEqualTo(403);
            assertThat(post(server, token, "promise.get", "{\"id\":7}")).isEqualTo(403);
            assertThat(post(server, token, "task.heartbeat", oddTasks.formatted("team-b")))
                    .isEqualTo(400);
            assertThat(post(server, token, "task.heartbeat", oddTasks.formatted("other")))
                    .isEqualTo(403);
            assertThat(post(server, token, "promise.search", "{}")).isEqualTo(403);
            assertThat(post(server, token, "schedule.search", "{}")).isEqualTo(403);
            assertThat(post(server, token, "debug.reset", "{}")).isEqualTo(403);
            assertThat(post(server, token, "what.ever", "{}")).isEqualTo(403);
            String all = token("{\"exp\":%d,\"prefix\":\"\"}".formatted(EXPIRES));
            assertThat(post(server, all, "promise.search", "{}")).isEqualTo(200);
            assertThat(post(server, all, "what.ever", "{}")).isEqualTo(400);
        }
    }

    @Test
    void theEnvelopeComesBeforeTheTokenAndTheTokenBeforeTheOperation() {
        try (var server = start(new AuthSettings(pem(KEYS), "", ""))) {
            assertThat(server.post(
                                    "{\"kind\":\"promise.get\",\"head\":{\"corrId\":\"7\",\"version\":\"0\"},\"data\":{}}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(post(server, "", "what.ever", "{}")).isEqualTo(401);
            var refused = server.post(RunningServer.envelope("promise.get", "", "{\"id\":\"a\"}"));
            assertThat(RunningServer.json(refused).path("data").asText()).isEqualTo("Unauthorized");
            assertThat(RunningServer.json(refused).at("/head/corrId").asText()).isEqualTo("7");
        }
    }

    @Test
    void theHeaderCountsWhenTheHeadHasNoToken() {
        String good = token("{\"exp\":%d,\"role\":\"admin\"}".formatted(EXPIRES));
        try (var server = start(new AuthSettings(pem(KEYS), "", ""))) {
            assertThat(withHeader(server, "Bearer " + good, "")).isEqualTo(404);
            assertThat(withHeader(server, "Bearer nonsense", "")).isEqualTo(401);
            assertThat(withHeader(server, "Bearer " + good, "nonsense")).isEqualTo(401);
            assertThat(withHeader(server, "Basic " + good, "")).isEqualTo(401);
            assertThat(server.get("/poll/g/me").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void noneLooksAtNoSignatureButAtTheClaims() {
        try (var server = start(new AuthSettings("none", "us", ""))) {
            assertThat(status(server, unsigned("{\"exp\":%d,\"iss\":\"us\",\"role\":\"admin\"}".formatted(EXPIRES))))
                    .isEqualTo(404);
            assertThat(status(server, unsigned("{\"exp\":%d,\"iss\":\"them\",\"role\":\"admin\"}".formatted(EXPIRES))))
                    .isEqualTo(401);
            assertThat(status(server, unsigned("{\"exp\":9,\"iss\":\"us\",\"role\":\"admin\"}")))
                    .isEqualTo(401);
        }
    }

    @Test
    void aKeyThatIsNoneStopsTheStart() {
        var environment =
                Map.of("MODULATE_RESONATE_AUTH_KEY", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----");

        assertThatThrownBy(() -> ResonateMain.settings(new String[0], environment))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("resonate.auth-key")
                .hasMessageContaining("a public key in PEM");
    }

    private static int status(RunningServer server, String token) {
        return post(server, token, "promise.get", "{\"id\":\"nowhere\"}");
    }

    private static int post(RunningServer server, String token, String kind, String data) {
        var response = server.post(RunningServer.envelope(kind, token, data));
        assertThat(RunningServer.json(response).at("/head/status").asInt()).isEqualTo(response.statusCode());
        return response.statusCode();
    }

    private static int withHeader(RunningServer server, String header, String token) {
        return server.send(HttpRequest.newBuilder(server.url("/"))
                        .header("authorization", header)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                RunningServer.envelope("promise.get", token, "{\"id\":\"nowhere\"}")))
                        .build())
                .statusCode();
    }

    private static String token(String claims) {
        return sign(KEYS, "EdDSA", "Ed25519", claims);
    }

    private static String unsigned(String claims) {
        return part("{\"alg\":\"none\"}") + "." + part(claims) + ".";
    }

    /** The old trick: a public key taken for a shared secret. */
    private static String hmacWithThePublicKey(KeyPair keys, String claims) {
        try {
            String text = part("{\"alg\":\"HS256\"}") + "." + part(claims);
            var mac = javax.crypto.Mac.getInstance("HmacSHA256");
            mac.init(new javax.crypto.spec.SecretKeySpec(pem(keys).getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
            return text + "." + base64(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sign(KeyPair keys, String algorithm, String signature, String claims) {
        try {
            String text = part("{\"alg\":\"" + algorithm + "\"}") + "." + part(claims);
            var signer = Signature.getInstance(signature);
            if (signature.equals("RSASSA-PSS")) {
                signer.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            }
            signer.initSign(keys.getPrivate());
            signer.update(text.getBytes(StandardCharsets.US_ASCII));
            return text + "." + base64(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys(String type, @Nullable String curve) {
        try {
            var generator = KeyPairGenerator.getInstance(type);
            if (curve != null) {
                generator.initialize(new ECGenParameterSpec(curve));
            } else if (type.equals("RSA")) {
                generator.initialize(2048);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(KeyPair keys) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static String part(String json) {
        return base64(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
