package dev.modulate.api.invocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NarrowingTest {
    private static final FunctionSpec FUNCTION = FunctionSpec.newBuilder()
            .setHandler("main.handler")
            .setPlacement(Placement.newBuilder()
                    .setPool("cpu")
                    .putRequiredNodeLabels("zone", "a")
                    .setRule("node.slot_count > 1")
                    .setPreferredRule("node.name == 'box-1'"))
            .build();

    private static Placement both(Placement.Builder call) {
        return Narrowing.both(FUNCTION, call.build()).getPlacement();
    }

    @Test
    void aCallThatDemandsNothingRunsWhereItsFunctionDoes() {
        assertThat(Narrowing.both(FUNCTION, Placement.getDefaultInstance())).isEqualTo(FUNCTION);
    }

    @Test
    void poolAndPreferenceOfTheCallTakeThePlaceOfTheFunctions() {
        var both = both(Placement.newBuilder().setPool("gpu").setPreferredRule("node.name == 'box-2'"));

        assertThat(both.getPool()).isEqualTo("gpu");
        assertThat(both.getPreferredRule()).isEqualTo("node.name == 'box-2'");
        assertThat(both.getRule()).isEqualTo("node.slot_count > 1");
    }

    @Test
    void labelsAndRulesHoldTogether() {
        var both = both(
                Placement.newBuilder().putRequiredNodeLabels("rack", "7").setRule("node.devices.size() > 0 || true"));

        assertThat(both.getRequiredNodeLabelsMap()).isEqualTo(Map.of("zone", "a", "rack", "7"));
        assertThat(both.getRule()).isEqualTo("(node.slot_count > 1) && (node.devices.size() > 0 || true)");
        assertThat(both.getPool()).isEqualTo("cpu");
        assertThat(both.getPreferredRule()).isEqualTo("node.name == 'box-1'");
    }

    @Test
    void aLabelWithAnotherValueThanTheFunctionsIsAContradiction() {
        var other = Placement.newBuilder().putRequiredNodeLabels("zone", "b").build();
        var same = Placement.newBuilder()
                .putRequiredNodeLabels("zone", "a")
                .putRequiredNodeLabels("rack", "7")
                .build();

        assertThat(Narrowing.contradiction(FUNCTION, other))
                .hasValueSatisfying(status -> assertThat(status)
                        .hasMessageContaining("placement.required_node_labels[zone]: \"b\"")
                        .hasMessageContaining("\"a\", which the function demands"));
        assertThat(Narrowing.contradiction(FUNCTION, same)).isEmpty();
    }
}
