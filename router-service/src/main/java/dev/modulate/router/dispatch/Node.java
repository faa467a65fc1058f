package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.wire.Hello;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One node across its streams. Plain state: the cell's thread owns it. */
final class Node {
    private final NodeId id;
    final Map<String, Run> runs = new LinkedHashMap<>();
    final Map<String, LoadUnderWay> loads = new LinkedHashMap<>();

    /** What it was told to keep; null when it has not been told on this stream. */
    @Nullable
    Map<FunctionKey, Integer> keeps;

    NodeView view;
    NodeProfile wireProfile;
    ReportedLoad load = new ReportedLoad();
    SentClock clock = new SentClock();
    Instant attachTime;

    /** Null while no stream is open. */
    @Nullable
    NodeStream stream;

    /** When the newest report was sent, in this router's time. */
    long reportedAt;

    /** Until it has run something since it came back, it is offered one more slot each second from here on. */
    long probationSince = Timers.NEVER;

    /** Executions it had when it came back. */
    int probationHeld;

    long detachedAt = Timers.NEVER;

    /** An operator wants it empty. */
    boolean drainOrdered;

    /** The node itself takes no more. */
    boolean drainsItself;

    long drainDeadlineAt = Timers.NEVER;

    Node(Hello hello, Instant attachTime) {
        this.id = hello.profile().id();
        this.view = new NodeView(hello.profile());
        this.wireProfile = hello.wireProfile();
        this.attachTime = attachTime;
    }

    NodeId id() {
        return id;
    }

    boolean draining() {
        return drainOrdered || drainsItself;
    }

    /** A copy, so that what is done to each may take it off the node. */
    List<Run> runsNow() {
        return List.copyOf(runs.values());
    }
}
