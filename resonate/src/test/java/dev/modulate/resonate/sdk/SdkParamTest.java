package dev.modulate.resonate.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.Value;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SdkParamTest {
    private static SdkParam read(String json) {
        var data = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        return SdkParam.read(new Value(Map.of(), data));
    }

    @Test
    void cutsArgumentsOutAsTheyWereWritten() {
        var call = (SdkParam.Call)
                read("{\"func\":\"é\", \"args\": [ {\"a]\":[1.50e3, 12345678901234567890.10]} ],\"version\":1}");

        assertThat(call.func()).isEqualTo("é");
        assertThat(call.count()).isEqualTo(1);
        assertThat(call.onlyArgument()).isEqualTo("{\"a]\":[1.50e3, 12345678901234567890.10]}");
    }

    @Test
    void countsArguments() {
        assertThat(read("{\"args\":[1,[2,3],\"é 4\",null],\"func\":\"f\"}"))
                .isEqualTo(new SdkParam.Call("f", 4, "[1,[2,3],\"é 4\",null]"));
        assertThat(read("{\"func\":\"f\",\"args\":[]}")).isEqualTo(new SdkParam.Call("f", 0, "[]"));
        assertThat(read("{\"func\":\"f\",\"retry\":{\"type\":\"never\",\"data\":[]}}"))
                .isEqualTo(new SdkParam.Call("f", 0, "[]"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {}                            | func: missing
            {"func": 1}                   | func: VALUE_NUMBER_INT
            {"func": "f", "args": {}}     | args: START_OBJECT
            []                            | no JSON object
            {"func": "f"} {}              | more than one
            {"func": "f", "args": [1      | no JSON
            nonsense                      | no JSON
            """)
    void saysWhatIsWrong(String json, String words) {
        assertThat(read(json))
                .isInstanceOfSatisfying(
                        SdkParam.Wrong.class,
                        wrong -> assertThat(wrong.message()).contains(words));
    }

    @Test
    void takesNothingThatIsNoText() {
        assertThat(SdkParam.read(Value.EMPTY)).isInstanceOf(SdkParam.Wrong.class);
        assertThat(SdkParam.read(new Value(Map.of(), "***"))).isInstanceOf(SdkParam.Wrong.class);
        assertThat(SdkParam.read(new Value(Map.of(), "/////w=="))).isInstanceOf(SdkParam.Wrong.class);
        assertThat(read("{\"func\":\"f\",\"args\":" + "[".repeat(300) + "]".repeat(300) + "}"))
                .isInstanceOf(SdkParam.Wrong.class);
    }

    @Test
    void anErrorIsWhatTheSdkMakesOneOf() {
        var error = new SdkError("FUNCTION_ERROR", "ValueError: \"é\" 😀", "line 1\nline 2");

        assertThat(error.json())
                .startsWith("{\"__type\":\"error\",\"name\":\"FUNCTION_ERROR\",\"message\":\"ValueError: \\\"é\\\" ")
                .endsWith("line 1\\nline 2\"}");
    }
}
