package dev.modulate.router.rule;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.modulate.registry.v1.RuleCall;
import dev.modulate.registry.v1.RuleInput;
import dev.modulate.registry.v1.RuleNode;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeRule;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A compiled rule with what it looks at of one call. Equal to others of the same text and facts, so that their calls wait in
 * one line and what one was told holds for all.
 */
final class CelRule implements NodeRule {
    private static final Logger LOG = LoggerFactory.getLogger(CelRule.class);

    private final String expression;
    private final CelRuntime.Program program;
    private final RuleInput input;
    private final RuleCall call;
    private final RuleAnswers answers;
    private final int hash;

    /** @param answers of all rules */
    CelRule(String expression, CelRuntime.Program program, RuleInput input, RuleCall call, RuleAnswers answers) {
        this.expression = expression;
        this.program = program;
        this.input = input;
        this.call = call;
        this.answers = answers;
        this.hash = Objects.hash(expression, input, call);
    }

    @Override
    public boolean allows(NodeProfile node) {
        return answers.of(this, node, this::ask);
    }

    private boolean ask(RuleNode node) {
        try {
            return Boolean.TRUE.equals(program.eval(Map.of("input", input, "call", call, "node", node)));
        } catch (CelEvaluationException e) {
            LOG.atDebug()
                    .addKeyValue("rule", expression)
                    .addKeyValue("node", node.getName())
                    .addKeyValue("problem", e.getMessage())
                    .log("a rule has no value for a node");
            return false;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        return other instanceof CelRule rule
                && hash == rule.hash
                && expression.equals(rule.expression)
                && input.equals(rule.input)
                && call.equals(rule.call);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return expression;
    }
}
