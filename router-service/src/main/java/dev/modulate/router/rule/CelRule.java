package dev.modulate.router.rule;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.modulate.registry.v1.RuleCall;
import dev.modulate.registry.v1.RuleDevice;
import dev.modulate.registry.v1.RuleInput;
import dev.modulate.registry.v1.RuleNode;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeRule;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A compiled rule with what it looks at of one call. Remembers its answers: a profile does not change. Equal to others of
 * the same text and facts, so that their calls wait in one line.
 *
 * <p>Not thread-safe: owned by the owner of the nodes it is asked about.
 */
final class CelRule implements NodeRule {
    private static final Logger LOG = LoggerFactory.getLogger(CelRule.class);
    private static final int ANSWERS_MAX = 20_000;

    private final String expression;
    private final CelRuntime.Program program;
    private final RuleInput input;
    private final RuleCall call;
    private final IdentityHashMap<NodeProfile, Boolean> answers = new IdentityHashMap<>();

    CelRule(String expression, CelRuntime.Program program, RuleInput input, RuleCall call) {
        this.expression = expression;
        this.program = program;
        this.input = input;
        this.call = call;
    }

    @Override
    public boolean allows(NodeProfile node) {
        var known = answers.get(node);
        if (known != null) {
            return known;
        }
        if (answers.size() >= ANSWERS_MAX) {
            answers.clear();
        }
        boolean answer = ask(node);
        answers.put(node, answer);
        return answer;
    }

    private boolean ask(NodeProfile node) {
        try {
            return Boolean.TRUE.equals(program.eval(Map.of("input", input, "call", call, "node", write(node))));
        } catch (CelEvaluationException e) {
            LOG.atDebug()
                    .addKeyValue("rule", expression)
                    .addKeyValue("node", node.id())
                    .addKeyValue("problem", e.getMessage())
                    .log("a rule has no value for a node");
            return false;
        }
    }

    private static RuleNode write(NodeProfile node) {
        return RuleNode.newBuilder()
                .setName(node.id().value())
                .setPool(node.pool())
                .putAllLabels(node.labels())
                .setCpuMillis(node.cpuMillis())
                .setMemoryBytes(node.memoryBytes())
                .setSlotCount(node.slotCount())
                .addAllDevices(node.devices().stream().map(CelRule::write).toList())
                .build();
    }

    private static RuleDevice write(DeviceProfile device) {
        return RuleDevice.newBuilder()
                .setModel(device.model())
                .setMemoryBytes(device.memoryBytes())
                .build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CelRule rule
                && expression.equals(rule.expression)
                && input.equals(rule.input)
                && call.equals(rule.call);
    }

    @Override
    public int hashCode() {
        return Objects.hash(expression, input, call);
    }

    @Override
    public String toString() {
        return expression;
    }
}
