package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One call in the queue of its function. */
final class Waiting {
    /** When they were called. What came from elsewhere, or back from a node, may have been called before others that wait. */
    static final Comparator<Waiting> BY_ARRIVAL = Waiting::byArrival;

    /** Order inside one queue: class, deadline, arrival. */
    static final Comparator<Waiting> BY_RANK = Comparator.comparing((Waiting entry) -> entry.call.priority())
            .thenComparingLong(entry -> entry.call.deadlineAt())
            .thenComparing(BY_ARRIVAL);

    final Call call;
    final Line line;
    final long sequence;
    final long arrivedAt;

    /** When it came to wait here: a call that is tried again has an age from before. */
    private final long since;

    /** Next to it in its line, by arrival; null at the ends. Kept by {@link Arrivals}. */
    @Nullable
    Waiting before;

    @Nullable
    Waiting after;

    /** Whether it waits. Kept by {@link Lines}. */
    boolean inLine;

    /** As long as a node has it. Kept by {@link Executions}. */
    @Nullable
    Execution execution;

    /** Whether it waits, and whether {@link Deadlines} has it still. Kept there. */
    boolean waits;

    boolean hasDeadlineKept;

    final Set<NodeId> avoided = new HashSet<>(0);

    Waiting(Call call, Line line, long sequence, long since) {
        this.call = call;
        this.line = line;
        this.sequence = sequence;
        this.arrivedAt = call.arrivedAt();
        this.since = since;
    }

    private static int byArrival(Waiting one, Waiting other) {
        int byTime = Long.compare(one.arrivedAt, other.arrivedAt);
        return byTime == 0 ? Long.compare(one.sequence, other.sequence) : byTime;
    }

    /** Asked for every node that is looked at; nearly always there is none that it avoids. */
    boolean avoids(NodeId node) {
        return !avoided.isEmpty() && avoided.contains(node);
    }

    boolean expired(long now) {
        return now >= call.deadlineAt();
    }

    double ageSeconds(long now) {
        return (now - arrivedAt) / 1e9;
    }

    double waitedSeconds(long now) {
        return (now - since) / 1e9;
    }
}
