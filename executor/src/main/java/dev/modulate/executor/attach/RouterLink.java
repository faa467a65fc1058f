package dev.modulate.executor.attach;

import dev.modulate.executor.call.TaskKey;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.instance.InstancePool;
import dev.modulate.executor.lane.Lane;
import dev.modulate.executor.run.LoadUpdate;
import dev.modulate.executor.run.Loads;
import dev.modulate.executor.run.Runs;
import dev.modulate.executor.run.Update;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.v1.DrainNotice;
import dev.modulate.router.v1.NodeHello;
import dev.modulate.router.v1.NodeWelcome;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control stream: to one router at a time, to the next one when it ends. A stream begins with all that this node
 * holds, so any router may be the next.
 *
 * <p>What comes on the stream's thread is posted to the lane, which owns everything else.
 */
public final class RouterLink implements Runs.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouterLink.class);
    private static final int MESSAGES_MAX = 4096;

    private final Lane lane;
    private final NodeFacts facts;
    private final Devices devices;
    private final Runs runs;
    private final Loads loads;
    private final InstancePool pool;
    private final LoadReports reports;
    private final LongSupplier nanoTime;
    private final List<RouterServiceStub> routers;
    private final AtomicInteger router = new AtomicInteger();
    private final StreamLink<AttachRequest, AttachResponse> stream;
    private @Nullable Outbox<AttachRequest> outbox;
    private boolean welcomed;
    private long epoch;
    private long epochMax;
    private long dispatchSequence;

    /** When what runs here is to move; null when no router has said so. */
    private @Nullable Long drainDeadlineNanos;

    public RouterLink(
            Lane lane,
            NodeFacts facts,
            Devices devices,
            Runs runs,
            Loads loads,
            InstancePool pool,
            LoadReports reports,
            LongSupplier nanoTime,
            List<RouterServiceStub> routers,
            ScheduledExecutorService timer,
            RandomGenerator random,
            MeterRegistry meters) {
        this.lane = lane;
        this.facts = facts;
        this.devices = devices;
        this.runs = runs;
        this.loads = loads;
        this.pool = pool;
        this.reports = reports;
        this.nanoTime = nanoTime;
        this.routers = List.copyOf(routers);
        this.stream = new StreamLink<>(
                "attach", facts.nodeId(), this::dial, new Owner(), MESSAGES_MAX, timer, random, meters);
        loads.listener(this::update);
    }

    public void start() {
        stream.start();
    }

    /** True once a router has answered. */
    public boolean attached() {
        return stream.connected();
    }

    @Override
    public void close() {
        stream.close();
    }

    private StreamObserver<AttachRequest> dial(StreamObserver<AttachResponse> responses) {
        return routers.get(Math.floorMod(router.get(), routers.size())).attach(responses);
    }

    /** What changes on a device between two reports. Any thread. */
    public void deviceChanged() {
        lane.offer(reports::changed);
    }

    @Override
    public void update(TaskKey task, Update update) {
        boolean frees = update instanceof Update.Finished || update instanceof Update.Failed;
        if (frees) {
            reports.slotFreed();
        } else {
            reports.changed();
        }
        var message = AttachRequest.newBuilder()
                .setUpdate(ReportProto.write(task, update))
                .build();
        boolean sent = outbox != null && outbox.offer(message);
        if (!sent || !welcomed) {
            runs.unheard(task, update);
        }
    }

    /** A stream that has ended is not told: the hello of the next one says what is still under way. */
    private void update(String loadId, LoadUpdate update) {
        reports.changed();
        if (outbox != null) {
            outbox.offer(AttachRequest.newBuilder()
                    .setLoadUpdate(ReportProto.write(loadId, update))
                    .build());
        }
    }

    /**
     * Sends a report when one is due. On the lane, after what has arrived is done. While the router does not read, none
     * is made: the next one says how things are then.
     */
    public void report() {
        long now = nanoTime.getAsLong();
        if (outbox != null && welcomed && reports.due(now) && outbox.caughtUp()) {
            outbox.offer(AttachRequest.newBuilder()
                    .setLoad(reports.next(now, dispatchSequence, epoch))
                    .build());
        }
    }

    private void opened(Outbox<AttachRequest> opened) {
        outbox = opened;
        welcomed = false;
        dispatchSequence = 0;
        var hello = NodeHello.newBuilder()
                .setProfile(ReportProto.write(facts, devices.list()))
                .setDraining(runs.draining())
                .setEpochMax(epochMax);
        if (runs.draining() && drainDeadlineNanos != null) {
            long remaining = Math.max(0, drainDeadlineNanos - nanoTime.getAsLong());
            hello.setDrainDeadlineRemaining(ReportProto.write(Duration.ofNanos(remaining)));
        }
        runs.held().forEach(held -> hello.addHeld(ReportProto.write(held)));
        loads.underWay().forEach(load -> hello.addLoads(ReportProto.write(load)));
        opened.offer(AttachRequest.newBuilder().setHello(hello).build());
    }

    private void received(AttachResponse message) {
        dispatchSequence = Math.max(dispatchSequence, message.getDispatchSequence());
        epochMax = Math.max(epochMax, message.getEpoch());
        switch (message.getMessageCase()) {
            case WELCOME -> welcome(message.getWelcome());
            case ASSIGNMENT -> runs.assign(AssignmentProto.read(message.getAssignment()), stale(message.getEpoch()));
            case CANCEL ->
                runs.cancel(
                        AssignmentProto.read(message.getCancel().getTask()),
                        AssignmentProto.read(message.getCancel().getGracePeriod()));
            case RELEASE ->
                runs.release(AssignmentProto.read(message.getRelease().getTask()));
            case SUBSCRIPTION -> {
                var subscription = message.getSubscription();
                runs.subscribe(
                        AssignmentProto.read(subscription.getTask()),
                        AssignmentProto.read(subscription.getSink()),
                        subscription.getOffset());
            }
            case DRAIN -> drain(message.getDrain());
            case RESYNC -> reports.resync();
            case LOAD -> runs.load(AssignmentProto.read(message.getLoad()), stale(message.getEpoch()));
            case PINS -> pool.keep(AssignmentProto.read(message.getPins()));
            case MESSAGE_NOT_SET -> LOG.atDebug().log("unknown message");
        }
        reports.changed();
    }

    private void drain(DrainNotice notice) {
        runs.drain(notice.getDraining());
        drainDeadlineNanos = notice.getDraining() && notice.hasDeadlineRemaining()
                ? (Long) (nanoTime.getAsLong()
                        + AssignmentProto.read(notice.getDeadlineRemaining()).toNanos())
                : null;
        LOG.atInfo().addKeyValue("draining", runs.draining()).log("router asks to drain or undrain");
    }

    /** Whether a router that has taken over since is known. A message without an epoch has that of its welcome. */
    private boolean stale(long messageEpoch) {
        return (messageEpoch == 0 ? epoch : messageEpoch) < epochMax;
    }

    private void welcome(NodeWelcome welcome) {
        welcomed = true;
        runs.heard();
        epoch = welcome.getEpoch();
        epochMax = Math.max(epochMax, epoch);
        reports.restart(AssignmentProto.read(welcome.getReportPeriod()));
        LOG.atInfo()
                .addKeyValue("router", welcome.getRouterId())
                .addKeyValue("epoch", epoch)
                .addKeyValue("running", runs.busy())
                .log("attached");
    }

    private void ended() {
        outbox = null;
        welcomed = false;
    }

    private final class Owner implements StreamLink.Owner<AttachRequest, AttachResponse> {
        private volatile @Nullable Outbox<AttachRequest> mine;

        @Override
        public void opened(Outbox<AttachRequest> opened) {
            mine = opened;
            lane.post(() -> RouterLink.this.opened(opened));
        }

        @Override
        public void received(AttachResponse message) {
            var open = mine;
            if (!lane.offer(() -> RouterLink.this.received(message)) && open != null) {
                LOG.atError().log("too much to do: starting over with the router");
                open.complete();
            }
        }

        @Override
        public void ended(Throwable cause) {
            router.incrementAndGet();
            lane.post(RouterLink.this::ended);
        }
    }
}
