package dev.modulate.router.rule;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.invocation.v1.Target;
import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeRule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutingRulesTest {
    private static final NodeProfile CPU =
            new NodeProfile(new NodeId("box-1"), 1, "cpu", List.of(), 8_000, 1L << 34, 16, Map.of("zone", "a"));
    private static final NodeProfile GPU = new NodeProfile(
            new NodeId("box-2"),
            1,
            "gpu",
            List.of(new DeviceProfile(new DeviceId("GPU-1"), "nvidia-h100", 80L << 30, "")),
            8_000,
            1L << 34,
            16,
            Map.of());

    private final RoutingRules rules = new RoutingRules();

    @Test
    void largeInputsGoToGpuNodes() {
        String rule = "input.size_bytes > 1024 ? node.pool == \"gpu\" : true";
        var small = rules.of(rule, record(1_024));
        assertThat(small.allows(CPU)).isTrue();
        assertThat(small.allows(GPU)).isTrue();
        var large = rules.of(rule, record(1_025));
        assertThat(large.allows(CPU)).isFalse();
        assertThat(large.allows(GPU)).isTrue();
    }

    @Test
    void everyFactCanBeAskedFor() {
        var record = record(1);
        assertThat(rules.of("node.labels.zone == \"a\" && node.name == \"box-1\"", record)
                        .allows(CPU))
                .isTrue();
        assertThat(rules.of("node.devices.exists(d, d.model.startsWith(\"nvidia-h\") && d.memory_bytes > 1000)", record)
                        .allows(GPU))
                .isTrue();
        assertThat(rules.of("call.tenant == \"acme\" && call.function == \"resize\" && call.version == 3", record)
                        .allows(GPU))
                .isTrue();
        assertThat(rules.of("node.cpu_millis == 8000 && node.slot_count == 16 && input.media_type == \"\"", record)
                        .allows(CPU))
                .isTrue();
    }

    @Test
    void aRuleWithoutAValueAllowsNothing() {
        var rule = rules.of("node.labels[\"zone\"] == \"a\"", record(1));
        assertThat(rule.allows(CPU)).isTrue();
        assertThat(rule.allows(GPU)).as("it has no such label").isFalse();
    }

    @Test
    void aRuleThatThisReleaseDoesNotUnderstandAllowsNothing() {
        var rule = rules.of("node.altitude > 3", record(1));
        assertThat(rule.allows(CPU)).isFalse();
        assertThat(rule).hasToString("node.altitude > 3");
    }

    @Test
    void callsThatLookTheSameToARuleAreEqual() {
        String byPool = "node.pool == \"gpu\"";
        assertThat(rules.of(byPool, record(1))).isEqualTo(rules.of(byPool, record(2)));
        String bySize = "input.size_bytes > 1";
        assertThat(rules.of(bySize, record(1))).isNotEqualTo(rules.of(bySize, record(2)));
        assertThat(rules.of("", record(1))).isEqualTo(NodeRule.any());
    }

    @Test
    void theLongestRulesOfAFunctionAndOfACallHoldTogether() {
        String function = longest("node.pool == 'gpu'");
        String call = longest("node.slot_count == 16");
        assertThat(function).hasSize(1_024);
        assertThat(call).hasSize(1_024);

        var both = rules.of("(" + function + ") && (" + call + ")", record(1));

        assertThat(both.allows(GPU)).isTrue();
        assertThat(both.allows(CPU)).isFalse();
    }

    /** As long and as deep as the registry lets a rule be. */
    private static String longest(String rule) {
        String deep = "(".repeat(30) + rule + ")".repeat(30);
        return deep + " || node.name == '" + "x".repeat(1_024 - deep.length() - 19) + "'";
    }

    @Test
    void loopsHaveALimit() {
        String many = "[1,2,3,4,5,6,7,8,9,10]";
        var rule = rules.of(
                many + ".all(a, " + many + ".all(b, " + many + ".all(c, " + many + ".all(d, a + b + c + d > 0))))",
                record(1));
        assertThat(rule.allows(CPU)).isFalse();
    }

    @Test
    void whatRulesHaveAnsweredIsRememberedOnceAndHasALimit() {
        int most = 100;
        var answers = new RuleAnswers(most);
        var limited = new RoutingRules(answers);
        String bySize = "input.size_bytes > 1000 && node.pool == \"gpu\"";
        assertThat(limited.of(bySize, record(1)).allows(GPU)).isFalse();
        assertThat(limited.of(bySize, record(1)).allows(GPU)).isFalse();
        assertThat(answers.size()).isEqualTo(1);
        for (int bytes = 0; bytes < 2_000; bytes += 3) {
            assertThat(limited.of(bySize, record(bytes)).allows(GPU)).isEqualTo(bytes > 1_000);
            assertThat(limited.of(bySize, record(bytes)).allows(CPU)).isFalse();
            assertThat(answers.size()).isLessThanOrEqualTo(most);
        }
        assertThat(answers.size()).isEqualTo(most);
    }

    @Test
    void aNodeThatComesBackAsAnotherIsAskedAnew() {
        var rule = rules.of("node.labels[\"zone\"] == \"a\"", record(1));
        assertThat(rule.allows(CPU)).isTrue();
        var moved = new NodeProfile(new NodeId("box-1"), 2, "cpu", List.of(), 8_000, 1L << 34, 16, Map.of("zone", "b"));
        assertThat(rule.allows(moved)).isFalse();
    }

    private static InvocationRecord record(int bytes) {
        return InvocationRecord.newBuilder()
                .setTenant("acme")
                .setTarget(
                        Target.newBuilder().setFunction(FunctionRef.newBuilder().setName("functions/resize")))
                .setVersion(3)
                .setInput(Payload.newBuilder().setData(ByteString.copyFrom(new byte[bytes])))
                .build();
    }
}
