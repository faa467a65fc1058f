package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One call in the queue of its function. */
final class Waiting {
    /** Order inside one queue: class, deadline, arrival. What came back from a node keeps its sequence, so it is first again. */
    static final Comparator<Waiting> BY_RANK = Comparator.comparing((Waiting entry) -> entry.call.priority())
            .thenComparingLong(entry -> entry.call.deadlineAt())
            .thenComparingLong(entry -> entry.sequence);

    final Call call;
    final Line line;
    final long sequence;

    /** Next to it in its line, by arrival; null at the ends. Kept by {@link Arrivals}. */
    @Nullable
    Waiting before;

    @Nullable
    Waiting after;

    /** Whether it waits, and whether {@link Deadlines} has it still. Kept there. */
    boolean waits;

    boolean hasDeadlineKept;

    final Set<NodeId> avoided = new HashSet<>(0);

    Waiting(Call call, Line line, long sequence) {
        this.call = call;
        this.line = line;
        this.sequence = sequence;
    }

    /** Asked for every node that is looked at; nearly always there is none that it avoids. */
    boolean avoids(NodeId node) {
        return !avoided.isEmpty() && avoided.contains(node);
    }

    boolean expired(long now) {
        return now >= call.deadlineAt();
    }

    double ageSeconds(long now) {
        return (now - call.arrivedAt()) / 1e9;
    }
}
