package dev.modulate.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @Test
    void readsAFunctionAndAnAlias() {
        var function = new FunctionName("default", "resize-2");
        assertThat(FunctionName.parse("default", "functions/resize-2")).isEqualTo(function);
        assertThat(AliasName.parse("default", "functions/resize-2/aliases/prod"))
                .isEqualTo(new AliasName(function, "prod"));
        assertThat(function.resourceOfVersion(3)).isEqualTo("functions/resize-2/versions/3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "resize", "functions/", "functions/2a", "functions/A", "functions/a/b", "functions/a_b"})
    void otherTextIsNoFunction(String text) {
        assertThat(FunctionName.parse("default", text)).isNull();
    }

    @Test
    void anIdHasAtMost63Characters() {
        assertThat(FunctionName.isId("a".repeat(63))).isTrue();
        assertThat(FunctionName.isId("a".repeat(64))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "functions/a",
                "functions/a/aliases/",
                "functions/a/aliases/latest",
                "functions/a/aliases/1",
                "functions/A/aliases/b",
                "functions/a/aliases/b/c"
            })
    void otherTextIsNoAlias(String text) {
        assertThat(AliasName.parse("default", text)).isNull();
    }

    @Test
    void namesAreCheckedWhereTheyAreMade() {
        assertThatThrownBy(() -> new FunctionName("default", "A")).hasMessageContaining("function id: \"A\"");
        assertThatThrownBy(() -> new FunctionName("DE", "a")).hasMessageContaining("tenant: \"DE\"");
    }
}
