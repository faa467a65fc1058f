package dev.modulate.api.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.api.admission.Lifetime.Ttl;
import dev.modulate.api.admission.Pinning.Choices;
import dev.modulate.api.admission.Pinning.Share;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    private static final Subject RESIZE = new Subject.Deployed("functions/resize", "");

    @Test
    void anEmptyMediaTypeMeansJson() {
        assertThat(admitted(ask("", RESIZE, "", "{}", null)).mediaType()).isEqualTo("application/json");
    }

    @Test
    void noInputAtAllIsLegal() {
        assertThat(Admission.check(ask("", RESIZE, "", "", null))).isInstanceOf(Verdict.Admitted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a.b", "a:b", "ü", "a/b"})
    void idsKeepToTheirGrammar(String id) {
        assertThat(violation(ask(id, RESIZE, "", "1", null)).field()).isEqualTo("invocation_id");
    }

    @Test
    void idsHaveALimit() {
        assertThat(Names.isInvocationId("x".repeat(128))).isTrue();
        assertThat(Names.isInvocationId("x".repeat(129))).isFalse();
        assertThat(Names.isInvocationId("0190b6a4-7e2f-7000-8000-00000000_OK")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"resize", "functions/", "functions/Resize", "functions/1a", "functions/a_b", "functions/a/b"})
    void functionsKeepToTheirGrammar(String name) {
        assertThat(violation(ask("", new Subject.Deployed(name, ""), "", "1", null))
                        .field())
                .isEqualTo("target.function.name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "Stable", "01", "a b", "1234567890123456789"})
    void qualifiersKeepToTheirGrammar(String qualifier) {
        assertThat(violation(ask("", new Subject.Deployed("functions/a", qualifier), "", "1", null))
                        .field())
                .isEqualTo("target.function.qualifier");
    }

    @Test
    void inputHasALimit() {
        var fits = "\"" + "x".repeat(Admission.INPUT_BYTES_MAX - 2) + "\"";
        assertThat(Admission.check(ask("", RESIZE, "", fits, null))).isInstanceOf(Verdict.Admitted.class);
        assertThat(violation(ask("", RESIZE, "", fits + " ", null)))
                .isEqualTo(new Violation("input.data", "393217 bytes", "at most 393216"));
    }

    @Test
    void onlyWhatSaysThatItIsJsonIsChecked() {
        assertThat(violation(ask("", RESIZE, "application/json; charset=utf-8", "{", null))
                        .field())
                .isEqualTo("input.data");
        assertThat(violation(ask("", RESIZE, "application/vnd.acme+json", "{", null))
                        .field())
                .isEqualTo("input.data");
        assertThat(Admission.check(ask("", RESIZE, "text/plain", "{", null))).isInstanceOf(Verdict.Admitted.class);
        assertThat(violation(ask("", RESIZE, "json", "{}", null)).field()).isEqualTo("input.media_type");
    }

    @ParameterizedTest
    @CsvSource({"-1,0", "0,0", "0,-1", "1,1000000000", "2592000,1", "9223372036854775807,0"})
    void absurdTtlsAreRefused(long seconds, int nanos) {
        assertThat(violation(ask("", RESIZE, "", "1", new Ttl(seconds, nanos))).field())
                .isEqualTo("ttl");
    }

    @Test
    void theTtlGoesBeforeTheDeadlineAndTheDeadlineBeforeTheDefault() {
        var hour = Duration.ofHours(1);
        assertThat(Lifetime.of(new Ttl(5, 0), Duration.ofSeconds(9), hour)).isEqualTo(Duration.ofSeconds(5));
        assertThat(Lifetime.of(null, Duration.ofSeconds(9), hour)).isEqualTo(Duration.ofSeconds(9));
        assertThat(Lifetime.of(null, null, hour)).isEqualTo(hour);
        assertThat(Lifetime.of(null, Duration.ofDays(99), hour)).isEqualTo(Lifetime.TTL_MAX);
        assertThat(Lifetime.of(new Ttl(2_592_000, 0), null, hour)).isEqualTo(Lifetime.TTL_MAX);
    }

    @Test
    void theDigestTellsEveryFieldApart() {
        var digests = List.of(
                digest("functions/a", "b", "text/plain", "x"),
                digest("functions/ab", "", "text/plain", "x"),
                digest("functions/a", "b", "text/plain", ""),
                digest("functions/a", "b", "text/plainx", ""),
                RequestDigest.of(new Subject.Inline(input("functions/a")), "text/plain", input("x")));
        assertThat(digests).doesNotHaveDuplicates().allMatch(digest -> digest.matches("[0-9a-f]{64}"));
        assertThat(digest("functions/a", "b", "text/plain", "x")).isEqualTo(digests.getFirst());
    }

    @Test
    void functionsTakeTheTypeTheyDeclare() {
        assertThat(Admission.mismatch("", "text/plain")).isEmpty();
        assertThat(Admission.mismatch("application/json", "Application/JSON; charset=utf-8"))
                .isEmpty();
        assertThat(Admission.mismatch("application/json", "text/plain")).isPresent();
    }

    @Test
    void qualifiersNameVersions() {
        var choices = new Choices(7, Map.of("stable", List.of(new Share(3, 100))));
        assertThat(Pinning.version(choices, "", "k")).hasValue(7);
        assertThat(Pinning.version(choices, "latest", "k")).hasValue(7);
        assertThat(Pinning.version(choices, "2", "k")).hasValue(2);
        assertThat(Pinning.version(choices, "stable", "k")).hasValue(3);
        assertThat(Pinning.version(choices, "beta", "k")).isEmpty();
    }

    @Test
    void aWeightedAliasSharesCallsAndKeepsToItsKey() {
        var choices = new Choices(2, Map.of("stable", List.of(new Share(1, 90), new Share(2, 10))));
        var picked = IntStream.range(0, 10_000)
                .mapToLong(i -> Pinning.version(choices, "stable", "call-" + i).getAsLong())
                .toArray();
        assertThat(IntStream.range(0, picked.length).filter(i -> picked[i] == 2).count())
                .isBetween(850L, 1150L);
        assertThat(Pinning.version(choices, "stable", "call-5")).hasValue(picked[5]);
    }

    @Test
    void namesOfInvocationsCarryTheirId() {
        assertThat(Names.invocationId("invocations/job-1")).contains("job-1");
        assertThat(Names.invocationId("invocations/")).isEmpty();
        assertThat(Names.invocationId("invocations/a/b")).isEmpty();
        assertThat(Names.invocationId("job-1")).isEmpty();
        assertThat(Names.promiseId("default", "job-1")).isEqualTo("default_job-1");
    }

    private static Ask ask(String id, Subject subject, String mediaType, String data, @Nullable Ttl ttl) {
        return new Ask(id, subject, mediaType, input(data), ttl);
    }

    private static Input input(String data) {
        return Input.of(data.getBytes(StandardCharsets.UTF_8));
    }

    private static String digest(String name, String qualifier, String mediaType, String data) {
        return RequestDigest.of(new Subject.Deployed(name, qualifier), mediaType, input(data));
    }

    private static Verdict.Admitted admitted(Ask ask) {
        return (Verdict.Admitted) Admission.check(ask);
    }

    private static Violation violation(Ask ask) {
        return ((Verdict.Refused) Admission.check(ask)).violation();
    }
}
