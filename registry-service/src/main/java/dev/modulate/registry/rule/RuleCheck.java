package dev.modulate.registry.rule;

import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.v1.RuleCall;
import dev.modulate.registry.v1.RuleInput;
import dev.modulate.registry.v1.RuleNode;

/**
 * Compiles routing rules, in CEL, so that a wrong one is refused when it is written. What they may look at is the
 * contract's: the messages of {@code routing_rule.proto}. Immutable.
 */
public final class RuleCheck {
    static final int CHARACTERS_MAX = 1_024;

    private static final int NESTING_MAX = 32;
    private static final String FIELD = "function.spec.placement.";

    private final CelCompiler compiler = CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(CelOptions.current()
                    .maxExpressionCodePointSize(CHARACTERS_MAX)
                    .maxParseRecursionDepth(NESTING_MAX)
                    .build())
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addMessageTypes(RuleInput.getDescriptor(), RuleCall.getDescriptor(), RuleNode.getDescriptor())
            .addVar(
                    "input",
                    StructTypeReference.create(RuleInput.getDescriptor().getFullName()))
            .addVar("call", StructTypeReference.create(RuleCall.getDescriptor().getFullName()))
            .addVar("node", StructTypeReference.create(RuleNode.getDescriptor().getFullName()))
            .setResultType(SimpleType.BOOL)
            .build();

    /** Throws {@code INVALID_ARGUMENT} with the place of the mistake. */
    public void require(Spec spec) {
        require(FIELD + "rule", spec.placement().rule());
        require(FIELD + "preferred_rule", spec.placement().preferredRule());
    }

    private void require(String field, String expression) {
        if (expression.isEmpty()) {
            return;
        }
        if (expression.length() > CHARACTERS_MAX) {
            throw GrpcErrors.invalid(
                    field, expression.length() + " characters", "at most " + CHARACTERS_MAX + " characters");
        }
        try {
            compiler.compile(expression).getAst();
        } catch (CelValidationException e) {
            throw GrpcErrors.invalid(field, expression, "a CEL expression over input, call and node: " + mistakes(e));
        }
    }

    /** As {@code 1:7: undeclared reference to 'nod'}: line and column, from 1. */
    private static String mistakes(CelValidationException problem) {
        return problem.getErrors().stream()
                .map(error -> error.getSourceLocation().getLine() + ":"
                        + (error.getSourceLocation().getColumn() + 1) + ": " + error.getMessage())
                .reduce((one, other) -> one + "; " + other)
                .orElse("" + problem.getMessage());
    }
}
