package dev.modulate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.FieldMask;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingRuleTest {
    @TempDir
    private Path data;

    private RegistryInProcess registry;

    @BeforeEach
    void start() {
        registry = new RegistryInProcess(data);
        registry.create("other");
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "input.size_bytes > 1048576 ? node.pool == \"gpu\" : true",
                "node.name in [\"box-1\", \"box-2\"] && node.labels[\"zone\"] == \"a\"",
                "node.devices.exists(device, device.model.startsWith(\"nvidia-h\") && device.memory_bytes >= 80000000000)",
                "call.tenant == \"default\" && call.function.matches(\"^re.*\") && call.version > 0",
                "input.media_type == \"\" || has(node.labels.json)"
            })
    void rulesThatCompileAreKept(String rule) {
        create(rule);
        var stored = registry.calls()
                .getFunction(GetFunctionRequest.newBuilder()
                        .setName("functions/ruled")
                        .build())
                .getFunction();
        assertThat(stored.getSpec().getPlacement().getRule()).isEqualTo(rule);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nod.pool == 'gpu' | 1:1: undeclared reference to 'nod'",
                "node.pool == | 1:13: mismatched input",
                "node.pool == 1 | 1:11: found no matching overload for '_==_'",
                "node.gpus > 1 | 1:5: undefined field 'gpus'",
                "node.pool | 1:5: expected type 'bool' but found 'string'"
            })
    void mistakesAreRefusedWithTheirPlace(String rule, String mistake) {
        assertThatThrownBy(() -> create(rule.replace('\'', '"')))
                .hasMessageContaining("INVALID_ARGUMENT: function.spec.placement.rule: ")
                .hasMessageContaining("a CEL expression over input, call and node: " + mistake);
    }

    @Test
    void rulesHaveALimit() {
        assertThatThrownBy(() -> create("true || ".repeat(200) + "true"))
                .hasMessageContaining(
                        "function.spec.placement.rule: \"1604 characters\" (expected: at most 1024 characters)");
        assertThatThrownBy(() -> create("(".repeat(300) + "true" + ")".repeat(300)))
                .hasMessageContaining("function.spec.placement.rule");
    }

    @Test
    void updatesAreCheckedToo() {
        var asked = Function.newBuilder()
                .setName("functions/other")
                .setSpec(FunctionSpec.newBuilder()
                        .setPlacement(Placement.newBuilder().setPreferredRule("node.name == box")));
        var request = UpdateFunctionRequest.newBuilder()
                .setFunction(asked)
                .setUpdateMask(FieldMask.newBuilder().addPaths("spec.placement"))
                .build();
        assertThatThrownBy(() -> registry.calls().updateFunction(request))
                .hasMessageContaining("function.spec.placement.preferred_rule")
                .hasMessageContaining("1:14: undeclared reference to 'box'");
    }

    private void create(String rule) {
        var spec = RegistryInProcess.spec().toBuilder()
                .setPlacement(Placement.newBuilder().setRule(rule));
        registry.calls()
                .createFunction(CreateFunctionRequest.newBuilder()
                        .setFunctionId("ruled")
                        .setFunction(Function.newBuilder().setSpec(spec))
                        .build());
    }
}
