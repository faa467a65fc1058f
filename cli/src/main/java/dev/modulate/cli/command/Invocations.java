package dev.modulate.cli.command;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Target;
import java.util.List;

/** Invocations as rows. */
final class Invocations {
    static final List<String> HEADS = List.of("id", "function", "state", "attempt", "node", "created", "reason");

    private Invocations() {}

    static List<String> row(Invocation invocation) {
        return List.of(
                Names.last(invocation.getName()),
                target(invocation),
                Results.state(invocation) + (invocation.getDeadLetter() ? " (dead letter)" : ""),
                Long.toString(invocation.getAttempt()),
                invocation.getNode().isEmpty() ? "-" : Names.last(invocation.getNode()),
                Quantities.show(invocation.getCreateTime()),
                invocation.getOutcome().getFailure().getReason());
    }

    private static String target(Invocation invocation) {
        return invocation.getTarget().getKindCase() == Target.KindCase.INLINE
                ? invocation.getTarget().getInline().getHandler()
                : Names.last(invocation.getTarget().getFunction().getName()) + "@" + invocation.getVersion();
    }
}
