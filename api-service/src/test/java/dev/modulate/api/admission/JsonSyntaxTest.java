package dev.modulate.api.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSyntaxTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "false",
                "0",
                "-0",
                "12.50",
                "1e9",
                "-1.5E+3",
                "\"\"",
                "\"a\\n\\u00e9\\\"\"",
                "\"é€😀\"",
                "[]",
                "[1,2, [3]]",
                "{}",
                " {\"a\" : [1, {\"b\":null}] , \"c\":\"d\"}\r\n\t "
            })
    void takesWhatIsJson(String text) {
        assertThat(error(text)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "True",
                "01",
                "1.",
                ".5",
                "1e",
                "+1",
                "-",
                "\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\t\"",
                "[1,]",
                "[1 2]",
                "{\"a\"}",
                "{\"a\":1,}",
                "{a:1}",
                "{} {}",
                "[",
                "{\"a\":",
                "NaN",
                "'a'"
            })
    void refusesWhatIsNot(String text) {
        assertThat(error(text)).isNotNegative();
    }

    @Test
    void saysWhereItGoesWrong() {
        assertThat(error("{\"a\": }")).isEqualTo(6);
        assertThat(error("[1, 2")).isEqualTo(5);
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        assertThat(JsonSyntax.firstError(new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'}))
                .isEqualTo(1);
        assertThat(JsonSyntax.firstError(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}))
                .isEqualTo(1);
        assertThat(JsonSyntax.firstError(new byte[] {'"', (byte) 0xE2, (byte) 0x82}))
                .isEqualTo(1);
    }

    @Test
    void nestingIsBounded() {
        int depth = JsonSyntax.DEPTH_MAX;
        assertThat(error("[".repeat(depth) + "]".repeat(depth))).isEqualTo(-1);
        assertThat(error("[".repeat(depth + 1) + "]".repeat(depth + 1))).isEqualTo(depth);
    }

    private static int error(String text) {
        return JsonSyntax.firstError(text.getBytes(StandardCharsets.UTF_8));
    }
}
