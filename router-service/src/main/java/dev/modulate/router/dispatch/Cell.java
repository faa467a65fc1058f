package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.router.foreign.SdkParts;
import dev.modulate.router.placement.FleetView;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.wire.Hello;
import dev.modulate.router.wire.LoadUpdate;
import dev.modulate.router.wire.NodeUpdate;
import dev.modulate.router.wire.Pinned;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Specs;
import dev.modulate.router.wire.Submission;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The router's core. Methods may be called on any thread: each posts an event, and the owner thread handles events in
 * order. Nothing here blocks, and no lock is held.
 */
public final class Cell implements AutoCloseable {
    private final DispatchRules rules;
    private final String routerId;
    private final Resonate resonate;
    private final Executor owner;
    private final Intake intake;
    private final Fleet fleet;
    private final Assignments assignments;
    private final Orphans orphans;
    private final Sight sight;
    private final Placer placer;
    private final Loads loads;
    private @Nullable AutoCloseable poll;

    /**
     * @param tenure under which this router is in charge of the cell
     * @param owner runs events one at a time, in order; the same that rings the timers
     */
    public Cell(
            DispatchRules rules,
            Tenure tenure,
            Scheduler scheduler,
            Resonate resonate,
            Executor owner,
            Timers timers,
            RouterMeters meters,
            Specs specs,
            SdkParts sdk,
            InstantSource clock,
            RandomGenerator random) {
        this.rules = rules;
        String routerId = tenure.routerId();
        this.routerId = routerId;
        this.resonate = resonate;
        this.owner = owner;
        var view = new FleetView();
        var nodes = new HashMap<NodeId, Node>();
        var feasibility = new Feasibility(view, timers);
        var runs = new Runs();
        var leases = new Leases(resonate, owner, timers, random, routerId, rules.leaseTtl());
        this.loads = new Loads(scheduler, nodes, runs, timers, meters.loads(), routerId);
        var placer = new Placer(scheduler, nodes, runs, leases, loads, timers, meters, owner);
        var endings = new Endings(runs, placer, timers);
        var pinning = new Pinning(rules, runs, leases, endings, timers, owner, specs, sdk, clock, random);
        var lifecycle =
                new Lifecycle(rules, runs, leases, placer, timers, meters, clock, random, endings, pinning, specs);
        this.assignments = new Assignments(rules, runs, lifecycle, endings, placer, timers, meters);
        this.fleet = new Fleet(
                rules, tenure, view, feasibility, nodes, assignments, lifecycle, placer, loads, timers, meters, clock);
        assignments.onRunning(fleet::confirmed);
        this.intake = new Intake(
                rules, runs, leases, lifecycle, endings, assignments, placer, feasibility, timers, meters, clock);
        this.orphans = new Orphans(rules, runs, leases, lifecycle, timers);
        endings.onUnowned(orphans::lookAt);
        this.placer = placer;
        this.sight = new Sight(runs, view, fleet, placer, timers);
    }

    public void start() {
        owner.execute(() -> {
            fleet.start();
            placer.start();
            orphans.start();
        });
        poll = resonate.poll(rules.group(), routerId, orphans.inbox(owner));
    }

    @Override
    public void close() {
        if (poll != null) {
            try {
                poll.close();
            } catch (Exception e) {
                throw new IllegalStateException("the poll of the cell did not close", e);
            }
        }
    }

    /** The epoch has been raised while this router stayed in charge. */
    public void raiseEpoch(long epoch) {
        owner.execute(() -> fleet.raiseEpoch(epoch));
    }

    public void apiAttached(ApiStream api, long correlation) {
        owner.execute(() -> api.send(RouterProto.apiWelcome(correlation, routerId)));
    }

    public void apiEnded(ApiStream api) {
        owner.execute(api::ended);
    }

    public void dispatch(ApiStream api, long correlation, Submission submission) {
        owner.execute(() -> intake.dispatch(api, correlation, submission));
    }

    public void cancel(String taskId, Duration grace) {
        owner.execute(() -> intake.cancel(taskId, grace));
    }

    /** @param offset of the first byte wanted, of that attempt */
    public void watch(ApiStream api, long correlation, String taskId, long offset, long attempt) {
        owner.execute(() -> intake.watch(api, correlation, taskId, offset, attempt));
    }

    public void nodeAttached(NodeStream stream, Hello hello) {
        owner.execute(() -> fleet.attached(stream, hello));
    }

    public void nodeReported(NodeStream stream, NodeLoad load, LoadReport wireLoad) {
        owner.execute(() -> fleet.reported(stream, load, wireLoad));
    }

    public void nodeUpdated(NodeStream stream, NodeUpdate update) {
        owner.execute(() -> {
            var node = fleet.current(stream);
            if (node != null) {
                assignments.update(node, update);
            }
        });
    }

    public void nodeLoads(NodeStream stream, LoadUpdate update) {
        owner.execute(() -> {
            var node = fleet.current(stream);
            if (node != null) {
                loads.update(node, update);
                placer.drain();
            }
        });
    }

    /** Functions of which copies are kept warm, instead of those named before. */
    public void pinned(List<Pinned> functions) {
        owner.execute(() -> {
            loads.pins(functions);
            placer.drain();
        });
    }

    public void nodeEnded(NodeStream stream) {
        owner.execute(() -> fleet.ended(stream));
    }

    /** Runs after everything posted before, for transports that read on only then. */
    public void afterwards(Runnable action) {
        owner.execute(action);
    }

    /** Reads, or orders something of a node. The answer completes on the owner thread. */
    public <T> CompletableFuture<T> see(Function<Sight, T> question) {
        var answer = new CompletableFuture<T>();
        owner.execute(() -> {
            try {
                answer.complete(question.apply(sight));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }
}
