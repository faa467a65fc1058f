package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.wire.Hello;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Nodes that come, report, drain and go. */
final class Fleet {
    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
    private static final Duration LOOK_PERIOD = Duration.ofMillis(100);
    private static final Duration SAMPLE_PERIOD = Duration.ofSeconds(1);
    private static final Duration DETACHED_KEPT = Duration.ofMinutes(10);

    private final DispatchRules rules;
    private final Tenure tenure;
    private final FleetView view;
    private final Feasibility feasibility;
    private final Map<NodeId, Node> nodes;
    private final Assignments assignments;
    private final Lifecycle lifecycle;
    private final Placer placer;
    private final Loads loads;
    private final Timers timers;
    private final RouterMeters meters;
    private final InstantSource clock;
    private final long staleNanos;
    private final long freshNanos;
    private final long silentNanos;
    private long epoch;
    private long sampleAt;

    Fleet(
            DispatchRules rules,
            Tenure tenure,
            FleetView view,
            Feasibility feasibility,
            Map<NodeId, Node> nodes,
            Assignments assignments,
            Lifecycle lifecycle,
            Placer placer,
            Loads loads,
            Timers timers,
            RouterMeters meters,
            InstantSource clock) {
        this.rules = rules;
        this.tenure = tenure;
        this.view = view;
        this.feasibility = feasibility;
        this.nodes = nodes;
        this.assignments = assignments;
        this.lifecycle = lifecycle;
        this.placer = placer;
        this.loads = loads;
        this.timers = timers;
        this.meters = meters;
        this.clock = clock;
        this.staleNanos = rules.staleAfter().toNanos();
        this.freshNanos = rules.freshFor().toNanos();
        this.silentNanos = rules.silenceMax().toNanos();
        this.epoch = tenure.epoch();
    }

    void start() {
        timers.after(LOOK_PERIOD, this::lookAgain);
    }

    /**
     * The newest stream of a node wins, and so does the newest process while its stream is open. Once that has ended there is
     * nobody to protect: a smaller incarnation is a machine whose clock was set back.
     */
    void attached(NodeStream stream, Hello hello) {
        var id = hello.profile().id();
        var known = nodes.get(id);
        if (known != null
                && known.stream != null
                && known.view.profile().incarnation() > hello.profile().incarnation()) {
            stream.hangUp();
            return;
        }
        if (known != null && known.stream != null) {
            var old = known.stream;
            ended(old);
            old.hangUp();
        }
        var node = known == null ? new Node(hello, clock.instant()) : known;
        node.probationSince = known == null ? Timers.NEVER : timers.now();
        node.probationHeld = hello.held().size();
        nodes.put(id, node);
        renew(node, stream, hello);
        stream.welcome(tenure.routerId(), epoch, rules.reportPeriod());
        if (hello.epochMax() > epoch) {
            tenure.heardOf().accept(hello.epochMax());
        }
        if (node.drainOrdered) {
            stream.drain(remaining(node));
        }
        // Nothing is placed before all that the node has is counted.
        placer.together(() -> takeOver(node, hello));
        LOG.atInfo()
                .addKeyValue("node", id)
                .addKeyValue("held", hello.held().size())
                .log("node attached");
        countStates();
    }

    private void takeOver(Node node, Hello hello) {
        var before = node.runsNow();
        hello.held().forEach(held -> assignments.restated(node, held));
        hello.loads().forEach(held -> loads.restated(node, held));
        before.stream()
                .filter(run -> run.node == node && run.state == RunState.IN_DOUBT)
                .forEach(run -> lifecycle.lost(run, "the node came back without it"));
        refresh(node);
    }

    void raiseEpoch(long next) {
        epoch = next;
        nodes.values().stream()
                .map(node -> node.stream)
                .filter(Objects::nonNull)
                .forEach(stream -> stream.epoch(next));
    }

    private void renew(Node node, NodeStream stream, Hello hello) {
        node.runs.values().forEach(run -> run.holding = null);
        meters.forgotten(node.view);
        node.view = new NodeView(hello.profile());
        node.wireProfile = hello.wireProfile();
        node.load = new ReportedLoad();
        node.clock = new SentClock();
        node.attachTime = clock.instant();
        node.reportedAt = timers.now();
        node.detachedAt = Timers.NEVER;
        node.drainsItself = hello.draining();
        if (!node.drainOrdered) {
            // By a router that was in charge before.
            node.drainDeadlineAt = deadlineAt(hello.drainRemaining());
        }
        node.stream = stream;
        stream.node = node;
        view.add(node.view);
        feasibility.forget();
        meters.attached(node.view);
        refresh(node);
        placer.changed(node);
    }

    /** The newest report counts; one that answers an older router does not, and one that came without its forerunner. */
    void reported(NodeStream stream, NodeLoad load, LoadReport report) {
        var node = current(stream);
        if (node == null) {
            return;
        }
        if (report.getRouterEpoch() != 0 && report.getRouterEpoch() < tenure.epoch()) {
            meters.reportOfOldEpoch();
            return;
        }
        long now = timers.now();
        node.reportedAt = report.getUptimeMillis() == 0
                ? now
                : node.clock.sentAt(now, TimeUnit.MILLISECONDS.toNanos(report.getUptimeMillis()));
        if (!node.load.add(report)) {
            meters.reportAfterGap();
            stream.resync();
            return;
        }
        if (stream.drainHeard(load.ackedSequence())) {
            node.drainsItself = load.draining();
        }
        node.view.report(load);
        if (report.getDevicesCount() > 0) {
            meters.reported(node.view);
        }
        boolean opened = refresh(node);
        if (saysMore(report)) {
            placer.changed(node);
        }
        if (opened || saysMore(report)) {
            placer.drain();
        }
    }

    private static boolean saysMore(LoadReport report) {
        return !report.getDelta()
                || report.getDevicesCount() > 0
                || report.getResidenciesCount() > 0
                || report.getRemovedFunctionKeysCount() > 0;
    }

    /** It runs something since it came back: what it says of itself holds. */
    void confirmed(Node node) {
        if (node.probationSince != Timers.NEVER) {
            node.probationSince = Timers.NEVER;
            refresh(node);
            placer.drain();
        }
    }

    void ended(NodeStream stream) {
        var node = current(stream);
        if (node == null) {
            return;
        }
        node.stream = null;
        node.detachedAt = timers.now();
        refresh(node);
        loads.lost(node);
        countStates();
        assignments.inDoubt(node);
        LOG.atInfo()
                .addKeyValue("node", node.id())
                .addKeyValue("placed", node.runs.size())
                .log("node detached");
    }

    /** The node that speaks on this stream; null when a newer stream has taken its place. */
    @Nullable
    Node current(NodeStream stream) {
        var node = stream.node;
        return node != null && node.stream == stream ? node : null;
    }

    @Nullable
    Node find(NodeId id) {
        return nodes.get(id);
    }

    /** In name order. */
    List<Node> all() {
        return view.nodes().stream()
                .map(seen -> nodes.get(seen.id()))
                .filter(java.util.Objects::nonNull)
                .toList();
    }

    /** @param deadline after which what still runs there moves; null means never */
    void drain(Node node, @Nullable Duration deadline) {
        node.drainOrdered = true;
        node.drainDeadlineAt = deadlineAt(deadline);
        if (node.stream != null) {
            node.stream.drain(deadline);
        }
        refresh(node);
        countStates();
    }

    void undrain(Node node) {
        node.drainOrdered = false;
        node.drainsItself = false;
        node.drainDeadlineAt = Timers.NEVER;
        if (node.stream != null) {
            node.stream.undrain();
        }
        refresh(node);
        countStates();
        placer.drain();
    }

    private long deadlineAt(@Nullable Duration remaining) {
        return remaining == null ? Timers.NEVER : timers.now() + remaining.toNanos();
    }

    private @Nullable Duration remaining(Node node) {
        return node.drainDeadlineAt == Timers.NEVER
                ? null
                : Duration.ofNanos(Math.max(0, node.drainDeadlineAt - timers.now()));
    }

    private void lookAgain() {
        boolean opened = false;
        for (var node : List.copyOf(nodes.values())) {
            if (timers.now() >= node.drainDeadlineAt) {
                node.drainDeadlineAt = Timers.NEVER;
                node.runsNow().stream()
                        .filter(run -> run.state != RunState.IN_DOUBT)
                        .forEach(run -> lifecycle.lost(run, "the node was drained"));
            }
            if (node.stream == null
                    && node.runs.isEmpty()
                    && timers.now() - node.detachedAt > DETACHED_KEPT.toNanos()) {
                nodes.remove(node.id());
                view.remove(node.id());
                feasibility.forget();
                placer.left(node);
                meters.forgotten(node.view);
            } else if (node.stream != null && age(node) > silentNanos) {
                LOG.atWarn().addKeyValue("node", node.id()).log("a node fell silent: hung up");
                var silent = node.stream;
                ended(silent);
                silent.hangUp();
            } else if (node.stream != null || node.view.state() != NodeState.DETACHED) {
                opened |= refresh(node);
            }
        }
        sampleAges();
        if (opened) {
            placer.drain();
        }
        timers.after(LOOK_PERIOD, this::lookAgain);
    }

    private void sampleAges() {
        if (timers.now() < sampleAt) {
            return;
        }
        sampleAt = timers.now() + SAMPLE_PERIOD.toNanos();
        countStates();
        nodes.values().stream().filter(node -> node.stream != null).forEach(node -> meters.viewAge(age(node)));
    }

    /** True when it takes work that it did not take before. */
    private boolean refresh(Node node) {
        var seen = node.view;
        boolean tookWork = seen.accepting();
        boolean wasFresh = seen.fresh();
        var before = seen.state();
        seen.setState(state(node));
        seen.setFresh(age(node) <= freshNanos);
        seen.setOffered(offered(node));
        boolean takesWork = seen.accepting();
        if (tookWork != takesWork || wasFresh != seen.fresh() || before != seen.state()) {
            placer.changed(node);
        }
        if (before != seen.state()) {
            feasibility.forget();
        }
        return takesWork && (!tookWork || (!wasFresh && seen.fresh()));
    }

    private int offered(Node node) {
        if (node.probationSince == Timers.NEVER) {
            return Integer.MAX_VALUE;
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(timers.now() - node.probationSince);
        return (int) Math.min(node.probationHeld + 1 + seconds, Integer.MAX_VALUE);
    }

    private long age(Node node) {
        return timers.now() - node.reportedAt;
    }

    private NodeState state(Node node) {
        if (node.stream == null) {
            return NodeState.DETACHED;
        }
        if (node.draining()) {
            return node.view.placedCount() == 0 ? NodeState.DRAINED : NodeState.DRAINING;
        }
        return age(node) > staleNanos ? NodeState.STALE : NodeState.ACTIVE;
    }

    private void countStates() {
        var counts = new EnumMap<NodeState, Integer>(NodeState.class);
        view.nodes().forEach(node -> counts.merge(node.state(), 1, Integer::sum));
        meters.nodes(counts);
    }
}
