package dev.modulate.router.rule;

import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.registry.v1.RuleCall;
import dev.modulate.registry.v1.RuleInput;
import dev.modulate.registry.v1.RuleNode;
import dev.modulate.router.placement.NodeRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rules in CEL, compiled once each. What they look at is the contract's: the messages of {@code routing_rule.proto}. The
 * registry has refused those that do not compile; one that fails while it is asked about a node does not allow it.
 *
 * <p>A private lock guards the cache.
 */
public final class RoutingRules {
    private static final Logger LOG = LoggerFactory.getLogger(RoutingRules.class);

    /** The rule of a function and that of a call, 1,024 characters and 32 levels each, joined by the API: both hold. */
    private static final int CHARACTERS_MAX = 2 * 1_024 + 16;

    private static final int NESTING_MAX = 40;
    private static final int STEPS_MAX = 1_000;
    private static final int COMPILED_MAX = 1_000;

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

    private final CelRuntime runtime = CelRuntimeFactory.standardCelRuntimeBuilder()
            .setOptions(
                    CelOptions.current().comprehensionMaxIterations(STEPS_MAX).build())
            .addMessageTypes(RuleInput.getDescriptor(), RuleCall.getDescriptor(), RuleNode.getDescriptor())
            .build();

    private final Map<String, Program> compiled = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Program> eldest) {
            return size() > COMPILED_MAX;
        }
    };

    private final RuleAnswers answers;

    public RoutingRules() {
        this(new RuleAnswers(RuleAnswers.ANSWERS_MAX));
    }

    RoutingRules(RuleAnswers answers) {
        this.answers = answers;
    }

    /** @param variables that the expression names */
    record Program(CelRuntime.Program code, Set<String> variables) {}

    /** The rule as it stands for one call. Empty text allows every node; text that does not compile none. */
    public NodeRule of(String expression, InvocationRecord record) {
        if (expression.isEmpty()) {
            return NodeRule.any();
        }
        try {
            var program = program(expression);
            var variables = program.variables();
            return new CelRule(
                    expression,
                    program.code(),
                    variables.contains("input") ? input(record) : RuleInput.getDefaultInstance(),
                    variables.contains("call") ? call(record) : RuleCall.getDefaultInstance(),
                    answers);
        } catch (CelValidationException | CelEvaluationException e) {
            LOG.atWarn()
                    .addKeyValue("rule", expression)
                    .addKeyValue("problem", e.getMessage())
                    .log("a rule does not compile: it allows no node");
            return new BrokenRule(expression);
        }
    }

    private Program program(String expression) throws CelValidationException, CelEvaluationException {
        synchronized (compiled) {
            var known = compiled.get(expression);
            if (known != null) {
                return known;
            }
            var ast = compiler.compile(expression).getAst();
            var variables = CelNavigableAst.fromAst(ast)
                    .getRoot()
                    .allNodes()
                    .filter(node -> node.getKind() == ExprKind.Kind.IDENT)
                    .map(node -> node.expr().ident().name())
                    .collect(Collectors.toUnmodifiableSet());
            var program = new Program(runtime.createProgram(ast), variables);
            compiled.put(expression, program);
            return program;
        }
    }

    private static RuleInput input(InvocationRecord record) {
        return RuleInput.newBuilder()
                .setSizeBytes(record.getInput().getData().size())
                .setMediaType(record.getInput().getMediaType())
                .build();
    }

    private static RuleCall call(InvocationRecord record) {
        String name = record.getTarget().getFunction().getName();
        return RuleCall.newBuilder()
                .setTenant(record.getTenant())
                .setFunction(name.substring(name.lastIndexOf('/') + 1))
                .setVersion(record.getVersion())
                .build();
    }
}
