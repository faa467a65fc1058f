package dev.modulate.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecRulesTest {
    private static final Spec.Resources NONE = new Spec.Resources(0, 0, null);
    private static final Spec.Resources ONE_GPU = new Spec.Resources(0, 0, new Spec.Accelerator("", 1, 0));

    @Test
    void takesWhatSaysLittle() {
        assertThat(SpecRules.check(Specs.PYTHON)).isEmpty();
    }

    @Test
    void takesWhatSaysMuch() {
        var spec = new Spec(
                new Spec.Code(FunctionRuntime.PYTHON_SCRIPT, Specs.DIGEST, "bin/main.py", "application/vnd.a+json"),
                new Spec.Resources(1_500, 1L << 30, new Spec.Accelerator("nvidia-h100", 2, 80L << 30)),
                new Spec.Running(Duration.ofHours(1), 8, Durability.DURABLE),
                new Spec.Retry(5, Duration.ZERO, Duration.ofMinutes(5), 1.5, List.of("FUNCTION_ERROR")),
                new Spec.Scaling(1, 4, Duration.ofMinutes(1), 0),
                new Spec.Placement("gpu", Map.of("zone", "a"), "", ""),
                Map.of("_MODEL", "x", "A1", ""),
                Map.of("team.example/owner", "Ada Lovelace"));
        assertThat(SpecRules.check(spec)).isEmpty();
    }

    @Test
    void aScriptIsNotPinned() {
        var pinned = new Spec.Scaling(0, 0, null, 1_000);
        assertThat(SpecRules.check(Specs.scaling(pinned))).isEmpty();
        var script = new Spec(
                new Spec.Code(FunctionRuntime.PYTHON_SCRIPT, Specs.DIGEST, "main.py", ""),
                Specs.PYTHON.resources(),
                Specs.PYTHON.running(),
                Specs.PYTHON.retry(),
                pinned,
                Specs.PYTHON.placement(),
                Map.of(),
                Map.of());
        assertThat(SpecRules.check(script))
                .hasValueSatisfying(violation ->
                        assertThat(violation.field()).isEqualTo("function.spec.scaling.instance_count_pinned"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void refusesWithTheFieldAndTheValue(String field, String value, Spec spec) {
        assertThat(SpecRules.check(spec)).hasValueSatisfying(violation -> {
            assertThat(violation.field()).isEqualTo("function.spec." + field);
            assertThat(violation.value()).isEqualTo(value);
            assertThat(violation.rule()).isNotBlank();
        });
    }

    static Stream<Arguments> broken() {
        return Stream.of(brokenCode(), brokenNeeds(), brokenAccelerators(), brokenRetries(), brokenMaps())
                .flatMap(cases -> cases);
    }

    private static Stream<Arguments> brokenCode() {
        return Stream.of(
                arguments(
                        "runtime",
                        "UNKNOWN",
                        Specs.code(code -> new Spec.Code(FunctionRuntime.UNKNOWN, Specs.DIGEST, "app.handler", ""))),
                arguments(
                        "artifact_sha256",
                        "ABC",
                        Specs.code(code -> new Spec.Code(code.runtime(), "ABC", code.handler(), ""))),
                arguments(
                        "input_media_type",
                        "json",
                        Specs.code(code -> new Spec.Code(code.runtime(), Specs.DIGEST, code.handler(), "json"))));
    }

    private static Stream<Arguments> brokenNeeds() {
        return Stream.of(
                arguments(
                        "resources.cpu_millis",
                        "4294967295",
                        Specs.resources(new Spec.Resources(4294967295L, 0, null))),
                arguments("resources.memory_bytes", "-1", Specs.resources(new Spec.Resources(0, -1, null))),
                arguments(
                        "resources.accelerator.model",
                        "NVIDIA H100",
                        Specs.resources(new Spec.Resources(0, 0, new Spec.Accelerator("NVIDIA H100", 1, 0)))),
                arguments(
                        "resources.accelerator.device_count",
                        "65",
                        Specs.resources(new Spec.Resources(0, 0, new Spec.Accelerator("", 65, 0)))),
                arguments(
                        "resources.accelerator.device_memory_bytes",
                        "-5",
                        Specs.resources(new Spec.Resources(0, 0, new Spec.Accelerator("", 1, -5)))),
                arguments("attempt_timeout", "PT0S", Specs.running(running(Duration.ZERO, 0))),
                arguments("attempt_timeout", "PT-1S", Specs.running(running(Duration.ofSeconds(-1), 0))),
                arguments("attempt_timeout", "PT192H", Specs.running(running(Duration.ofDays(8), 0))),
                arguments("instance_concurrency", "1001", Specs.running(running(Duration.ofSeconds(1), 1_001))),
                arguments("durability", "UNKNOWN", Specs.running(new Spec.Running(null, 0, Durability.UNKNOWN))),
                arguments("scaling.instance_count_max", "1", Specs.scaling(new Spec.Scaling(2, 1, null, 0))),
                arguments("scaling.instance_count_min", "1001", Specs.scaling(new Spec.Scaling(1_001, 0, null, 0))),
                arguments(
                        "scaling.idle_timeout",
                        "PT-1S",
                        Specs.scaling(new Spec.Scaling(0, 0, Duration.ofSeconds(-1), 0))),
                arguments("scaling.instance_count_pinned", "1001", Specs.scaling(new Spec.Scaling(0, 0, null, 1_001))),
                arguments("placement.pool", "tpu", Specs.placement(NONE, new Spec.Placement("tpu", Map.of(), "", ""))),
                arguments(
                        "placement.pool", "cpu", Specs.placement(ONE_GPU, new Spec.Placement("cpu", Map.of(), "", ""))),
                arguments(
                        "placement.required_node_labels",
                        "a b",
                        Specs.placement(NONE, new Spec.Placement("", Map.of("a b", ""), "", ""))));
    }

    private static Stream<Arguments> brokenAccelerators() {
        return Stream.of(
                broken("share_milli", "1000", accelerator(1, 1L << 30, 1_000, "", DeviceLink.UNSPECIFIED)),
                broken("share_milli", "250", accelerator(1, 0, 250, "", DeviceLink.UNSPECIFIED)),
                broken("mig_profile", "small", accelerator(1, 0, 0, "small", DeviceLink.UNSPECIFIED)),
                broken("device_count", "2", accelerator(2, 0, 0, "1g.10gb", DeviceLink.UNSPECIFIED)),
                broken("device_memory_bytes", "1", accelerator(1, 1, 0, "1g.10gb", DeviceLink.UNSPECIFIED)),
                broken("share_milli", "5", accelerator(1, 0, 5, "1g.10gb", DeviceLink.UNSPECIFIED)),
                broken("link", "REQUIRED", accelerator(1, 0, 0, "", DeviceLink.REQUIRED)),
                broken("link", "REQUIRED", accelerator(0, 0, 0, "1g.10gb", DeviceLink.REQUIRED)),
                broken("link", "UNKNOWN", accelerator(2, 0, 0, "", DeviceLink.UNKNOWN)),
                broken(
                        "isolation",
                        "UNKNOWN",
                        new Spec.Accelerator("", 1, 0, 0, "", DeviceLink.UNSPECIFIED, DeviceIsolation.UNKNOWN)),
                broken("model", "a||b", new Spec.Accelerator("a||b", 1, 0)));
    }

    private static Arguments broken(String field, String value, Spec.Accelerator accelerator) {
        return arguments(
                "resources.accelerator." + field, value, Specs.resources(new Spec.Resources(0, 0, accelerator)));
    }

    private static Spec.Accelerator accelerator(int count, long memory, int share, String mig, DeviceLink link) {
        return new Spec.Accelerator("", count, memory, share, mig, link, DeviceIsolation.UNSPECIFIED);
    }

    @Test
    void takesEveryKindOfAccelerator() {
        assertThat(Stream.of(
                        accelerator(1, 6L << 30, 250, "", DeviceLink.UNSPECIFIED),
                        accelerator(0, 0, 0, "1g.10gb", DeviceLink.PREFERRED),
                        accelerator(1, 0, 0, "1c.3g.40gb+me", DeviceLink.UNSPECIFIED),
                        accelerator(4, 0, 0, "", DeviceLink.REQUIRED),
                        new Spec.Accelerator(
                                "nvidia-h100|nvidia-a100",
                                1,
                                1,
                                0,
                                "",
                                DeviceLink.UNSPECIFIED,
                                DeviceIsolation.FUNCTION)))
                .allSatisfy(accelerator -> assertThat(
                                SpecRules.check(Specs.resources(new Spec.Resources(0, 0, accelerator))))
                        .isEmpty());
    }

    private static Spec.Running running(Duration timeout, long concurrency) {
        return new Spec.Running(timeout, concurrency, Durability.DURABLE);
    }

    private static Stream<Arguments> brokenRetries() {
        var minute = Duration.ofMinutes(1);
        return Stream.of(
                arguments("retry_policy.attempt_count_max", "101", retry(101, minute, minute, 2, List.of())),
                arguments(
                        "retry_policy.initial_backoff",
                        "PT-1S",
                        retry(2, Duration.ofSeconds(-1), minute, 2, List.of())),
                arguments("retry_policy.max_backoff", "PT48H", retry(2, minute, Duration.ofDays(2), 2, List.of())),
                arguments("retry_policy.max_backoff", "PT1S", retry(2, minute, Duration.ofSeconds(1), 2, List.of())),
                arguments(
                        "retry_policy.max_backoff",
                        "absent: PT1M",
                        Specs.retry(new Spec.Retry(2, Duration.ofMinutes(2), null, 2, List.of()))),
                arguments("retry_policy.backoff_multiplier", "0.5", retry(2, minute, minute, 0.5, List.of())),
                arguments("retry_policy.backoff_multiplier", "NaN", retry(2, minute, minute, Double.NaN, List.of())),
                arguments("retry_policy.retryable_reasons", "oops", retry(2, minute, minute, 2, List.of("oops"))),
                arguments(
                        "retry_policy.retryable_reasons",
                        "33 reasons",
                        retry(2, minute, minute, 2, Collections.nCopies(33, "A"))));
    }

    private static Spec retry(int attempts, Duration initial, Duration max, double multiplier, List<String> reasons) {
        return Specs.retry(new Spec.Retry(attempts, initial, max, multiplier, reasons));
    }

    private static Stream<Arguments> brokenMaps() {
        return Stream.of(
                arguments("environment", "1A", Specs.maps(Map.of("1A", ""), Map.of())),
                arguments("environment", "MODULATE_TOKEN", Specs.maps(Map.of("MODULATE_TOKEN", ""), Map.of())),
                arguments("environment", "A", Specs.maps(Map.of("A", "a\0b"), Map.of())),
                arguments("environment", "257 variables", Specs.maps(many(257, n -> "V" + n), Map.of())),
                arguments("environment", "32769 bytes", Specs.maps(Map.of("A", "x".repeat(32 * 1024)), Map.of())),
                arguments("labels", "-a", Specs.maps(Map.of(), Map.of("-a", ""))),
                arguments("labels", "two\nlines", Specs.maps(Map.of(), Map.of("a", "two\nlines"))),
                arguments("labels", "33 labels", Specs.maps(Map.of(), many(33, n -> "l" + n))));
    }

    private static Map<String, String> many(int count, IntFunction<String> key) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(key::apply, n -> ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"app.handler", "package.module.handle_it", "_a._b"})
    void takesHandlersOfPython(String handler) {
        assertThat(SpecRules.check(Specs.handler(handler))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "handler", "app.", ".handler", "app.py:handler", "a-b.c", "1a.b", "../app.handler"})
    void refusesOtherHandlersForPython(String handler) {
        assertThat(SpecRules.check(Specs.handler(handler)))
                .hasValueSatisfying(violation -> assertThat(violation.rule()).isEqualTo("module.function"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"main.py", "bin/run-me_2.py", ".hidden", "a..b"})
    void takesFileNamesOfScripts(String handler) {
        assertThat(SpecRules.check(script(handler))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/main.py", "../main.py", "a/../b.py", "./a.py", "a//b.py", "a/", "..", "a b.py"})
    void refusesOtherNamesForScripts(String handler) {
        assertThat(SpecRules.check(script(handler)))
                .hasValueSatisfying(violation -> assertThat(violation.field()).isEqualTo("function.spec.handler"));
    }

    private static Spec script(String handler) {
        return Specs.code(code -> new Spec.Code(FunctionRuntime.PYTHON_SCRIPT, Specs.DIGEST, handler, ""));
    }
}
