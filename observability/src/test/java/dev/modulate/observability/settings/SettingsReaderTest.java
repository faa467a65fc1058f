package dev.modulate.observability.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String[] NO_ARGUMENTS = {};

    private enum Order {
        FIRST_COME,
        LEAST_LOADED
    }

    @TempDir
    private Path folder;

    @Test
    void readsEveryKind() {
        var reader = reader(Map.ofEntries(
                Map.entry("api.text", " spaces around "),
                Map.entry("api.integer", "-7"),
                Map.entry("api.number", "9000000000"),
                Map.entry("api.port", "0"),
                Map.entry("api.flag", "true"),
                Map.entry("api.duration", "250ms"),
                Map.entry("api.bytes", "6GiB"),
                Map.entry("api.path", "/var/lib"),
                Map.entry("api.list", "a, b,,c"),
                Map.entry("api.map", "a=1,b=x=y,c="),
                Map.entry("api.choice", "least-loaded")));
        assertThat(reader.text("api.text", "", "")).isEqualTo("spaces around");
        assertThat(reader.integer("api.integer", 0, -10, 10, "")).isEqualTo(-7);
        assertThat(reader.number("api.number", 0, 0, Long.MAX_VALUE, "")).isEqualTo(9_000_000_000L);
        assertThat(reader.port("api.port", 8080, "")).isZero();
        assertThat(reader.flag("api.flag", false, "")).isTrue();
        assertThat(reader.duration("api.duration", SECOND, Duration.ZERO, HOUR, ""))
                .hasMillis(250);
        assertThat(reader.bytes("api.bytes", "1B", "")).isEqualTo(6L << 30);
        assertThat(reader.path("api.path", ".", "")).isEqualTo(Path.of("/var/lib"));
        assertThat(reader.list("api.list", List.of(), "")).containsExactly("a", "b", "c");
        assertThat(reader.map("api.map", Map.of(), "")).isEqualTo(Map.of("a", "1", "b", "x=y", "c", ""));
        assertThat(reader.choice("api.choice", Order.FIRST_COME, "")).isEqualTo(Order.LEAST_LOADED);
        assertThatCode(reader::finish).doesNotThrowAnyException();
    }

    @Test
    void takesDefaultsForWhatIsNotWritten() {
        var reader = reader(Map.of());
        assertThat(reader.text("api.text", "x", "")).isEqualTo("x");
        assertThat(reader.port("api.port", 8080, "")).isEqualTo(8080);
        assertThat(reader.flag("api.flag", true, "")).isTrue();
        assertThat(reader.duration("api.duration", Duration.ofMillis(1_500), Duration.ZERO, HOUR, ""))
                .hasMillis(1_500);
        assertThat(reader.bytes("api.bytes", "64KiB", "")).isEqualTo(65_536);
        assertThat(reader.list("api.list", List.of("a", "b"), "")).containsExactly("a", "b");
        assertThat(reader.map("api.map", Map.of("a", "1"), "")).isEqualTo(Map.of("a", "1"));
        assertThat(reader.choice("api.choice", Order.FIRST_COME, "")).isEqualTo(Order.FIRST_COME);
        assertThatCode(reader::finish).doesNotThrowAnyException();
    }

    @Test
    void tellsAllMistakesAtOnce() {
        var reader = reader(Map.ofEntries(
                Map.entry("api.integer", "11"),
                Map.entry("api.port", "eighty"),
                Map.entry("api.flag", "yes"),
                Map.entry("api.duration", "2h"),
                Map.entry("api.bytes", "5MB"),
                Map.entry("api.map", "novalue"),
                Map.entry("api.choice", "random"),
                Map.entry("api.text", "UPPER"),
                Map.entry("api.unheard-of", "1")));
        reader.integer("api.integer", 0, 0, 10, "");
        reader.port("api.port", 8080, "");
        reader.flag("api.flag", false, "");
        reader.duration("api.duration", SECOND, SECOND, HOUR, "");
        reader.bytes("api.bytes", "1B", "");
        reader.map("api.map", Map.of(), "");
        reader.choice("api.choice", Order.FIRST_COME, "");
        reader.text("api.text", "x", Pattern.compile("[a-z]+"), "");
        assertThat(mistakes(reader))
                .satisfiesExactly(
                        mistake -> assertThat(mistake)
                                .isEqualTo("api.integer: \"11\" (expected: a whole number from 0 to 10)"),
                        mistake -> assertThat(mistake).startsWith("api.port: \"eighty\""),
                        mistake -> assertThat(mistake).isEqualTo("api.flag: \"yes\" (expected: true or false)"),
                        mistake -> assertThat(mistake)
                                .startsWith("api.duration: \"2h\"")
                                .contains("1s to 1h"),
                        mistake -> assertThat(mistake)
                                .startsWith("api.bytes: \"5MB\"")
                                .contains("MiB"),
                        mistake -> assertThat(mistake).startsWith("api.map: \"novalue\""),
                        mistake -> assertThat(mistake)
                                .isEqualTo("api.choice: \"random\" (expected: first-come or least-loaded)"),
                        mistake -> assertThat(mistake).isEqualTo("api.text: \"UPPER\" (expected: [a-z]+)"),
                        mistake ->
                                assertThat(mistake).startsWith("api.unheard-of: unknown setting (known: api.integer"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h"})
    void helpNamesEveryFlagAndSettingAndIsNoMistake(String flag) {
        var source = SettingsSource.of(
                new String[] {"--port", "0", flag},
                Map.of("MODULATE_API_NO_SUCH", "1"),
                Map.of("--port", "api.port"),
                Set.of());
        var reader = new SettingsReader(source);
        reader.port("api.port", 8080, "Port to bind");

        var told = catchThrowableOfType(SettingsException.class, reader::finish);

        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        assertThat(told.tell("modulate api", new PrintStream(out), new PrintStream(err)))
                .isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("Usage: modulate api")
                .containsPattern("--port +sets api.port")
                .contains("--settings FILE", "api.port (number, default 8080)", "Port to bind");
        assertThat(err.size()).isZero();
    }

    @Test
    void mistakesGoToTheErrorStreamWithStatusTwo() {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var exception = new SettingsException(List.of("api.port: wrong"));
        assertThat(exception.tell("modulate api", new PrintStream(out), new PrintStream(err)))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("modulate api: api.port: wrong");
        assertThat(out.size()).isZero();
    }

    @Test
    void aCombinationThatMakesNoSenseIsAMistake() {
        var reader = reader(Map.of("api.min", "5", "api.max", "4"));
        int min = reader.integer("api.min", 0, 0, 10, "");
        int max = reader.integer("api.max", 0, 0, 10, "");
        assertThat(max).isLessThan(min);
        reader.mistake("api.max", "at least api.min");
        assertThat(mistakes(reader)).containsExactly("api.max: \"4\" (expected: at least api.min)");
    }

    @Test
    void ignoresKeysOfServicesThatRunElsewhere() {
        var reader = reader(Map.of("router.stale-after", "5s", "api.port", "1"));
        reader.port("api.port", 8080, "");
        assertThatCode(reader::finish).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"api.prot", "apj.port", "port"})
    void refusesKeysThatNobodyReads(String key) {
        var reader = reader(Map.of(key, "1"));
        reader.port("api.port", 8080, "");
        assertThat(mistakes(reader)).singleElement().asString().startsWith(key + ": unknown setting");
    }

    @Test
    void refusesVariablesThatNobodyReads() {
        var source = SettingsSource.of(
                NO_ARGUMENTS,
                Map.of(
                        "MODULATE_API_PROT", "1",
                        "MODULATE_ROUTER_PORT", "1",
                        "MODULATE_LOG_LEVEL", "DEBUG",
                        "PATH", "/bin"));
        var reader = new SettingsReader(source);
        reader.port("api.port", 8080, "");
        assertThat(mistakes(reader)).containsExactly("MODULATE_API_PROT: unknown setting");
    }

    @Test
    void aFlagBeatsAVariableBeatsTheFile() throws IOException {
        Path file = folder.resolve("modulate.properties");
        Files.writeString(file, "api.a = file\napi.b = file\napi.long-name = file\n");
        var source = SettingsSource.of(
                new String[] {"--set", "api.a=flag", "--settings", file.toString()},
                Map.of("MODULATE_API_A", "variable", "MODULATE_API_LONG_NAME", "variable"));
        var reader = new SettingsReader(source);
        assertThat(reader.text("api.a", "", "")).isEqualTo("flag");
        assertThat(reader.text("api.b", "", "")).isEqualTo("file");
        assertThat(reader.text("api.long-name", "", "")).isEqualTo("variable");
        reader.finish();

        var forced = new SettingsReader(source.with(Map.of("api.a", "forced")));
        assertThat(forced.text("api.a", "", "")).isEqualTo("forced");
    }

    @Test
    void readsSecretsFromFilesAndVariables() throws IOException {
        Path secret = folder.resolve("secret");
        Files.writeString(secret, "s3cret\n");
        var source = SettingsSource.of(
                new String[] {"--set", "api.file=file:" + secret, "--set", "api.env=env:TOKEN"},
                Map.of("TOKEN", "t0ken"));
        var reader = new SettingsReader(source);
        assertThat(reader.text("api.file", "", "")).isEqualTo("s3cret");
        assertThat(reader.text("api.env", "", "")).isEqualTo("t0ken");
        reader.finish();
    }

    @Test
    void aReferenceToNothingIsAMistake() {
        var reader = reader(Map.of("api.file", "file:/no/such/file", "api.env", "env:NO_SUCH"));
        reader.text("api.file", "", "");
        reader.text("api.env", "", "");
        assertThat(mistakes(reader))
                .satisfiesExactly(
                        mistake -> assertThat(mistake)
                                .startsWith("api.file: \"file:/no/such/file\" names a file that cannot be read"),
                        mistake -> assertThat(mistake)
                                .isEqualTo("api.env: \"env:NO_SUCH\" names a variable that is not set"));
    }

    @Test
    void neverPrintsASecretThatBreaksARule() {
        var source = SettingsSource.of(new String[] {"--set", "api.port=env:TOKEN"}, Map.of("TOKEN", "s3cret"));
        var reader = new SettingsReader(source);
        reader.port("api.port", 8080, "");
        assertThat(mistakes(reader))
                .singleElement()
                .asString()
                .contains("env:TOKEN")
                .doesNotContain("s3cret");
    }

    @Test
    void refusesOtherArguments() {
        var arguments = new String[] {"--port", "1", "--set", "novalue", "--settings", "/no/such/file"};
        assertThatThrownBy(() -> SettingsSource.of(arguments, Map.of()))
                .isInstanceOfSatisfying(
                        SettingsException.class,
                        e -> assertThat(e.mistakes())
                                .satisfiesExactly(
                                        mistake -> assertThat(mistake).startsWith("argument: \"--port\""),
                                        mistake -> assertThat(mistake)
                                                .isEqualTo("--set: \"novalue\" (expected: KEY=VALUE)"),
                                        mistake -> assertThat(mistake).startsWith("--settings: \"/no/such/file\"")));
    }

    @Test
    void documentsWhatItWasAskedFor() {
        var reader = reader(Map.of());
        reader.duration("api.wait", Duration.ofMinutes(10), SECOND, HOUR, "Longest wait");
        reader.port("api.port", 8080, "Port to listen on");
        assertThat(reader.settings())
                .containsExactly(
                        new Setting("api.wait", "duration", "10m", "Longest wait"),
                        new Setting("api.port", "number", "8080", "Port to listen on"));
    }

    @Test
    void aDefaultThatBreaksItsRuleIsABug() {
        var reader = reader(Map.of());
        assertThatThrownBy(() -> reader.integer("api.integer", 11, 0, 10, ""))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("api.integer");
    }

    @ParameterizedTest
    @CsvSource({"250ms,250", "5s,5000", "10m,600000", "1h,3600000", "2d,172800000"})
    void readsTimesWithTheirUnit(String text, long millis) {
        assertThat(SettingsReader.parseDuration(text)).hasMillis(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "5 s", "5S", "1.5s", "1234567890123s"})
    void refusesOtherTimes(String text) {
        assertThat(SettingsReader.parseDuration(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"512B,512", "64KiB,65536", "1MiB,1048576", "6GiB,6442450944", "2TiB,2199023255552"})
    void readsSizesWithTheirUnit(String text, long bytes) {
        assertThat(SettingsReader.parseBytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "5KB", "-1B", "1.5GiB", "999999999999TiB"})
    void refusesOtherSizes(String text) {
        assertThat(SettingsReader.parseBytes(text)).isNull();
    }

    private static SettingsReader reader(Map<String, String> values) {
        return new SettingsReader(SettingsSource.of(values));
    }

    private static List<String> mistakes(SettingsReader reader) {
        return catchThrowableOfType(SettingsException.class, reader::finish).mistakes();
    }
}
