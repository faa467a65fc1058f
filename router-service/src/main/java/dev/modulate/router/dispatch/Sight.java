package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Obstacle;
import dev.modulate.router.scheduling.HeldNode;
import dev.modulate.router.scheduling.PinStanding;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What operators and APIs may see of a cell. Only inside {@link Cell#see}; what it returns may leave. */
public final class Sight {
    private final Runs runs;
    private final FleetView view;
    private final Fleet fleet;
    private final Placer placer;
    private final Timers timers;

    Sight(Runs runs, FleetView view, Fleet fleet, Placer placer, Timers timers) {
        this.runs = runs;
        this.view = view;
        this.fleet = fleet;
        this.placer = placer;
        this.timers = timers;
    }

    /** One node as the router believes it to be. */
    public record NodeStatus(
            NodeId id,
            NodeProfile profile,
            LoadReport load,
            NodeState state,
            Instant attachTime,
            Duration reportAge,
            int placedCount,
            List<Long> devicePlacedBytes) {}

    /**
     * One node as the placement sees it.
     *
     * @param reasons why it does not fit, or what made up the score
     */
    public record Candidate(NodeId node, boolean feasible, double score, List<String> reasons) {}

    /**
     * Where something would go, or is.
     *
     * @param queuePosition from 1; zero when it does not wait
     * @param pinned copies of its function that are kept; null when none are asked for
     * @param waited what it has waited for so far, and how long
     */
    public record Explanation(
            List<Candidate> candidates,
            int queuePosition,
            String waitingFor,
            String nodeName,
            @Nullable PinStanding pinned,
            List<String> waited) {}

    /**
     * A call that is not settled.
     *
     * @param nodeName empty when no node has it
     */
    public record Location(boolean running, String nodeName, long attempt) {}

    public Optional<Location> locate(String taskId) {
        var run = runs.find(taskId);
        if (run == null || run.state == RunState.CREATING) {
            return Optional.empty();
        }
        return Optional.of(new Location(run.state == RunState.RUNNING, nodeName(run), run.version));
    }

    /** In name order. */
    public List<NodeStatus> nodes() {
        return fleet.all().stream().map(this::status).toList();
    }

    public Optional<NodeStatus> node(NodeId id) {
        return Optional.ofNullable(fleet.find(id)).map(this::status);
    }

    public Optional<NodeStatus> drain(NodeId id, @Nullable Duration deadline) {
        var node = Optional.ofNullable(fleet.find(id));
        node.ifPresent(found -> fleet.drain(found, deadline));
        return node.map(this::status);
    }

    public Optional<NodeStatus> undrain(NodeId id) {
        var node = Optional.ofNullable(fleet.find(id));
        node.ifPresent(fleet::undrain);
        return node.map(this::status);
    }

    public Explanation explain(Needs needs) {
        return new Explanation(candidates(needs, ""), 0, "", "", placer.standing(needs.function()), List.of());
    }

    /** Empty when this router does not know the call. */
    public Optional<Explanation> explain(String taskId) {
        var run = runs.find(taskId);
        if (run == null) {
            return Optional.empty();
        }
        var needs = run.call == null ? null : run.call.needs();
        var candidates = needs == null ? List.<Candidate>of() : candidates(needs, taskId);
        var loadedOn = needs == null ? List.<String>of() : loadedOn(needs.function());
        return Optional.of(new Explanation(
                candidates,
                placer.position(run),
                WaitWords.waitingFor(run, candidates, loadedOn, placer.held()),
                nodeName(run),
                needs == null ? null : placer.standing(needs.function()),
                WaitWords.waited(run, timers.now())));
    }

    /** @param callId whose needs they are; empty when it is no call yet */
    private List<Candidate> candidates(Needs needs, String callId) {
        var held = placer.held();
        return view.nodes().stream()
                .map(node -> held != null && held.node().equals(node.id())
                        ? heldCandidate(node, needs, held, callId)
                        : candidate(node, needs))
                .sorted(Comparator.comparing(Candidate::feasible)
                        .reversed()
                        .thenComparingDouble(Candidate::score)
                        .thenComparing(Candidate::node))
                .toList();
    }

    private Candidate candidate(NodeView node, Needs needs) {
        var fit = node.fit(needs);
        if (fit == null) {
            var reasons = Obstacle.of(node, needs).stream().map(Obstacle::words).toList();
            return new Candidate(node.id(), false, 0, reasons);
        }
        double cost = placer.cost(node, needs);
        if (Double.isInfinite(cost)) {
            return new Candidate(node.id(), false, 0, List.of("pinned copies of other functions are in the way"));
        }
        var reasons = new ArrayList<String>();
        reasons.add("warmth: " + node.warmth(needs.function(), fit));
        reasons.add("slots: " + node.freeSlots() + " of " + node.profile().slotCount() + " free");
        if (!node.fresh()) {
            reasons.add("its report is late: it is used when nothing else is near, and nothing is loaded there");
        }
        return new Candidate(node.id(), true, cost, reasons);
    }

    private Candidate heldCandidate(NodeView node, Needs needs, HeldNode held, String callId) {
        boolean its = held.callId().equals(callId);
        var otherwise = candidate(node, needs);
        var reasons = new ArrayList<String>();
        if (its || !otherwise.feasible()) {
            reasons.addAll(otherwise.reasons());
        }
        reasons.add(
                its
                        ? "it is held for this call: nothing else starts there"
                        : "it is held for call " + held.callId() + ", which has waited too long");
        return new Candidate(node.id(), its && otherwise.feasible(), its ? otherwise.score() : 0, reasons);
    }

    /** Nodes on which a function is being loaded and no call is bound to it. */
    private List<String> loadedOn(FunctionKey function) {
        return fleet.all().stream()
                .filter(node -> node.loads.values().stream()
                        .anyMatch(load -> load.holding.function().equals(function)))
                .map(node -> node.id().resourceName())
                .toList();
    }

    private static String nodeName(Run run) {
        return run.node == null ? "" : run.node.id().resourceName();
    }

    private NodeStatus status(Node node) {
        return new NodeStatus(
                node.id(),
                node.wireProfile,
                node.load.whole(),
                node.view.state(),
                node.attachTime,
                Duration.ofNanos(timers.now() - node.reportedAt),
                node.view.placedCount(),
                node.view.devices().stream()
                        .map(device -> device.memoryPlacedBytes())
                        .toList());
    }
}
