package dev.modulate.executor.run;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.Assignment;
import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.LoadOrder;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.OutputKind;
import dev.modulate.executor.call.Sink;
import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.instance.Call;
import dev.modulate.executor.instance.Instance;
import dev.modulate.executor.instance.InstancePool;
import dev.modulate.executor.instance.PooledInstance;
import dev.modulate.executor.lane.Lane;
import dev.modulate.executor.lease.LeaseKeeper;
import dev.modulate.executor.lease.Settler;
import dev.modulate.executor.output.Outputs;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Everything this node has accepted and not yet finished. Owned by the lane. */
public final class Runs {
    private final Node node;
    private final Lane lane;
    private final InstancePool pool;
    private final LeaseKeeper leases;
    private final Settling settling;
    private final Outputs outputs;
    private final Explanations explanations;
    private final Loads loads;
    private final LongSupplier nanoTime;
    private final RunMeters meters;
    private final RunBook book;
    private Listener listener = new Deaf();
    private boolean draining;
    private boolean closed;
    private volatile int busyNow;

    /**
     * @param name {@code nodes/{node}}
     * @param deviceBytes what may be set aside on each device
     */
    public record Node(String name, String pool, int slots, Map<String, Long> deviceBytes) {}

    /** What runs go through. Told on the lane. */
    public interface Listener {
        void update(TaskKey task, Update update);
    }

    /** The parts that runs are made of. */
    public record Parts(
            InstancePool pool,
            LeaseKeeper leases,
            Settler settler,
            Outputs outputs,
            Explanations explanations,
            Loads loads) {}

    public Runs(Node node, Lane lane, Parts parts, LongSupplier nanoTime, MeterRegistry meters) {
        this.node = node;
        this.lane = lane;
        this.pool = parts.pool();
        this.leases = parts.leases();
        this.outputs = parts.outputs();
        this.explanations = parts.explanations();
        this.loads = parts.loads();
        this.nanoTime = nanoTime;
        this.meters = new RunMeters(meters, node.pool());
        this.book = new RunBook();
        this.settling = new Settling(node.name(), parts.settler(), outputs, nanoTime, this.meters, this::finish);
    }

    public void listener(Listener listener) {
        this.listener = listener;
    }

    /** Takes an assignment or refuses it. The same task and version again changes nothing. */
    public void assign(Assignment assignment, boolean routerIsStale) {
        if (!book.isNew(assignment.task())) {
            return;
        }
        var refusal = Admission.refusal(assignment, standing(routerIsStale));
        if (refusal.isPresent()) {
            meters.ended(refusal.get());
            listener.update(assignment.task(), new Update.Rejected(refusal.get()));
            return;
        }
        book.others(assignment.task()).forEach(older -> stop(older, Run.Stop.LEASE_LOST, Duration.ZERO));
        var run = new Run(assignment, nanoTime.getAsLong());
        book.add(run);
        run.lease = leases.keep(assignment.task(), assignment.lease(), () -> leaseLost(run));
        tell(run, new Update.Accepted());
        assignment.sinks().forEach(sink -> outputs.subscribe(run.output, sink, 0));
        run.request = pool.acquire(assignment.program(), assignment.devices(), new Waiter(run));
    }

    /** Starts an instance that no call waits for, or refuses. */
    public void load(LoadOrder order, boolean routerIsStale) {
        loads.take(order, standing(routerIsStale));
    }

    /** How the node stands, what starts without a call counted too. */
    private Admission.Node standing(boolean routerIsStale) {
        var uses = deviceUses();
        loads.uses().forEach((device, use) -> uses.merge(device, use, DeviceUse::and));
        return new Admission.Node(draining, routerIsStale, node.slots() - book.busy(), node.deviceBytes(), uses);
    }

    /** Stops an execution. Version zero means any. */
    public void cancel(TaskKey task, Duration grace) {
        book.matching(task).forEach(run -> stop(run, Run.Stop.CANCELLED, grace));
    }

    /** The router has taken over the lease of a failed attempt. */
    public void release(TaskKey task) {
        book.matching(task).stream()
                .filter(run -> run.state == Run.State.FAILED)
                .forEach(this::forget);
    }

    /** One more API wants the output of what runs. */
    public void subscribe(TaskKey task, Sink sink, long offset) {
        book.matching(task).forEach(run -> outputs.subscribe(run.output, sink, offset));
    }

    public void drain(boolean draining) {
        this.draining = draining;
    }

    public boolean draining() {
        return draining;
    }

    /** Runs that occupy a slot. */
    public int busy() {
        return book.busy();
    }

    /** Whether nothing is left that a router or a promise has to hear of. */
    public boolean empty() {
        return book.all().isEmpty();
    }

    /** What runs hold, by device id; a device that none holds is left out. */
    public Map<String, DeviceUse> deviceUses() {
        var uses = new HashMap<String, DeviceUse>();
        for (Run run : book.all()) {
            if (run.occupiesSlot()) {
                run.assignment
                        .devices()
                        .forEach(part -> uses.merge(
                                part.deviceId(), DeviceUse.of(run.assignment.program(), part), DeviceUse::and));
            }
        }
        return uses;
    }

    /** The same for gauges: as of the last tick, on any thread. */
    public int busyNow() {
        return busyNow;
    }

    /** Accepted and not yet started. */
    public int queued() {
        return book.queued();
    }

    /** All that a new router has to know of. */
    public List<Held> held() {
        return book.held();
    }

    /** No router has answered on the stream: keep what the next one has to be told. */
    public void unheard(TaskKey task, Update update) {
        book.unheard(task, update);
    }

    /** A router has taken over all that was kept for one. */
    public void heard() {
        book.heard();
    }

    public void tick() {
        long now = nanoTime.getAsLong();
        busyNow = book.busy();
        for (Run run : List.copyOf(book.all())) {
            if (now - run.deadlineNanos >= 0) {
                stop(run, Run.Stop.DEADLINE, Duration.ZERO);
            } else if (run.state == Run.State.RUNNING && now - run.attemptEndNanos() >= 0) {
                stop(run, Run.Stop.ATTEMPT_TIMEOUT, Duration.ZERO);
            }
            if (run.stop != null && !run.killed && run.instance != null && now - run.killNanos >= 0) {
                run.killed = true;
                run.instance.instance().kill();
            }
        }
    }

    /** Stops everything; what is cut off is left to the router, which sees the stream end. */
    public void close() {
        closed = true;
        Collection<Run> all = List.copyOf(book.all());
        all.forEach(run -> {
            if (run.lease != null) {
                leases.drop(run.lease);
            }
        });
    }

    private void leaseLost(Run run) {
        stop(run, Run.Stop.LEASE_LOST, Duration.ZERO);
    }

    /** What has returned already is settled all the same: the version says whether that counts. */
    private void stop(Run run, Run.Stop why, Duration grace) {
        switch (run.state) {
            case STARTING -> {
                if (run.request != null) {
                    run.request.cancel();
                }
                finish(run, why.name());
            }
            case RUNNING -> {
                if (run.stop == null) {
                    run.stop = why;
                    run.killNanos = nanoTime.getAsLong() + grace.toNanos();
                    if (run.instance != null && grace.isPositive()) {
                        run.instance.instance().terminate();
                    }
                }
            }
            case SETTLING -> {}
            case FAILED -> finish(run, why.name());
        }
    }

    private final class Waiter implements InstancePool.Waiter {
        private final Run run;

        Waiter(Run run) {
            this.run = run;
        }

        @Override
        public void ready(PooledInstance instance) {
            start(run, instance);
        }

        @Override
        public void failed(Failure failure) {
            run.startedNanos = 0;
            ended(run, new Outcome.Failed(failure));
        }
    }

    private void start(Run run, PooledInstance instance) {
        var assignment = run.assignment;
        long now = nanoTime.getAsLong();
        run.state = Run.State.RUNNING;
        run.startedNanos = now;
        run.instance = instance;
        meters.started(Duration.ofNanos(now - run.acceptedNanos));
        tell(run, new Update.Running());
        instance.instance()
                .call(
                        new Call(
                                assignment.invocationId(),
                                assignment.task().version(),
                                run.remaining(now),
                                assignment.deviceIds(),
                                assignment.input()),
                        new Follower(run));
    }

    /** Brings what an instance does to the lane. The instance waits while the lane is behind. */
    private final class Follower implements Instance.Listener {
        private final Run run;

        Follower(Run run) {
            this.run = run;
        }

        @Override
        public void output(OutputKind kind, ByteString data) {
            lane.put(() -> outputs.write(run.output, kind, data));
        }

        @Override
        public void ended(Outcome outcome, boolean reusable) {
            lane.put(() -> returned(run, outcome, reusable));
        }
    }

    private void returned(Run run, Outcome outcome, boolean reusable) {
        var instance = run.instance;
        if (instance == null) {
            return;
        }
        run.instance = null;
        run.endedNanos = nanoTime.getAsLong();
        if (closed) {
            pool.release(instance, false);
            return;
        }
        meters.ran(run.ran());
        pool.ran(run.assignment.program(), run.ran());
        if (run.stop == null) {
            explanations.explain(run, outcome, instance.startedNanos(), (explained, hurt) -> {
                pool.release(instance, reusable && !hurt);
                ended(run, explained);
            });
            return;
        }
        pool.release(instance, false);
        if (run.stop == Run.Stop.ATTEMPT_TIMEOUT) {
            String words =
                    "the attempt ran longer than " + run.assignment.program().attemptTimeout();
            ended(run, new Outcome.Failed(Failure.of(Reason.ATTEMPT_TIMEOUT, words)));
        } else {
            finish(run, run.stop.name());
        }
    }

    private void ended(Run run, Outcome outcome) {
        if (outcome instanceof Outcome.Failed failed && triedAgain(run, failed.failure())) {
            run.state = Run.State.FAILED;
            meters.ended(failed.failure().reason().name());
            outputs.close(run.output);
            tell(run, new Update.Failed(failed.failure(), run.ran()));
        } else {
            settling.settle(run, outcome);
        }
    }

    private static boolean triedAgain(Run run, Failure failure) {
        return !run.assignment.lastAttempt() && run.assignment.program().retries(failure);
    }

    private void finish(Run run, String outcome) {
        meters.ended(outcome);
        outputs.close(run.output);
        forget(run);
        listener.update(run.task(), new Update.Finished(run.ran()));
    }

    private void forget(Run run) {
        book.remove(run);
        if (run.lease != null) {
            leases.drop(run.lease);
        }
    }

    private void tell(Run run, Update update) {
        run.update = update;
        listener.update(run.task(), update);
    }

    /** Before anybody listens. */
    private static final class Deaf implements Listener {
        @Override
        public void update(TaskKey task, Update update) {}
    }
}
