package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.NodeProfile;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Obstacle;
import java.time.Duration;
import java.time.Instant;
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
     */
    public record Explanation(List<Candidate> candidates, int queuePosition, String waitingFor, String nodeName) {}

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
        return new Explanation(candidates(needs), 0, "", "");
    }

    /** Empty when this router does not know the call. */
    public Optional<Explanation> explain(String taskId) {
        var run = runs.find(taskId);
        if (run == null) {
            return Optional.empty();
        }
        var candidates = run.call == null ? List.<Candidate>of() : candidates(run.call.needs());
        return Optional.of(
                new Explanation(candidates, placer.position(run), waitingFor(run, candidates), nodeName(run)));
    }

    private List<Candidate> candidates(Needs needs) {
        return view.nodes().stream()
                .map(node -> candidate(node, needs))
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
        var reasons = List.of(
                "warmth: " + node.warmth(needs.function(), fit),
                "slots: " + node.freeSlots() + " of " + node.profile().slotCount() + " free");
        return new Candidate(node.id(), true, placer.cost(node, needs), reasons);
    }

    private static String waitingFor(Run run, List<Candidate> candidates) {
        return switch (run.state) {
            case QUEUED -> candidates.isEmpty() ? "a node of its pool" : "a node with room";
            case BACKING_OFF -> "the pause before the next attempt";
            case CREATING, ACQUIRING, RECORDING, VERIFYING, FENCING, RELEASING, SETTLING -> "the store of promises";
            case PINNING -> "the registry, which says what version it runs";
            case IN_DOUBT -> "its node, whose stream ended";
            case ASSIGNED, ACCEPTED, RUNNING, DONE -> "";
        };
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
