package dev.modulate.api.dispatch;

import com.google.protobuf.Duration;
import dev.modulate.api.RouterPeer;
import dev.modulate.executor.v1.OutputSink;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.router.v1.DispatchCancel;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import dev.modulate.router.v1.DispatchWatch;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Brings invocations to a router: the first that is connected, and another when that one fails. With none connected they
 * wait for a while. For any thread; listeners are called without a lock.
 */
public final class Dispatcher implements AutoCloseable {
    /** Requests that wait for a router to read them. */
    private static final int OUTBOX_MESSAGES_MAX = 16_384;

    /** Dispatches that wait for a router to connect. */
    private static final int PARKED_MAX = 10_000;

    private final List<RouterLink> routers = new ArrayList<>();
    private final List<StreamLink<DispatchRequest, DispatchResponse>> links = new ArrayList<>();
    private final RouterEvents events;
    private final Waits waits;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final AtomicLong correlationIds = new AtomicLong();
    private final Queue<Parked> parked = new ConcurrentLinkedQueue<>();
    private final AtomicInteger parkedCount = new AtomicInteger();

    private record Parked(Dispatch dispatch, long sendByNanos, long answerByNanos) {}

    /**
     * How long a dispatch may take.
     *
     * @param router until one is connected
     * @param accept until it is durable
     */
    public record Waits(java.time.Duration router, java.time.Duration accept) {}

    /** Time as this process sees it. */
    public record Clocks(InstantSource clock, LongSupplier nanoTime) {}

    /** What streams need to be dialled. */
    public record Dialling(ScheduledExecutorService timer, RandomGenerator random, MeterRegistry meters) {}

    /** @param sink where executors push to; asked whenever a stream opens */
    public Dispatcher(
            List<RouterPeer> peers,
            Supplier<OutputSink> sink,
            RouterEvents events,
            Waits waits,
            Clocks clocks,
            Dialling dialling) {
        this.events = events;
        this.waits = waits;
        this.clock = clocks.clock;
        this.nanoTime = clocks.nanoTime;
        for (RouterPeer peer : peers) {
            var router = new RouterLink(peer.name(), sink, this);
            routers.add(router);
            links.add(new StreamLink<>(
                    "dispatch",
                    peer.name(),
                    peer.router()::dispatch,
                    router,
                    OUTBOX_MESSAGES_MAX,
                    dialling.timer,
                    dialling.random,
                    dialling.meters));
        }
        Gauge.builder("modulate.api.dispatch.waiting", this, Dispatcher::waiting)
                .description("Invocations that no router has answered yet")
                .register(dialling.meters);
    }

    public void start() {
        links.forEach(StreamLink::start);
    }

    @Override
    public void close() {
        links.forEach(StreamLink::close);
    }

    /** The listener hears what became of it, possibly before this returns. */
    public void send(Dispatch dispatch) {
        sendAgain(dispatch, nanoTime.getAsLong() + waits.accept.toNanos());
    }

    void sendAgain(Dispatch dispatch, long answerByNanos) {
        if (!offer(dispatch, answerByNanos)) {
            park(dispatch, answerByNanos);
        }
    }

    /** Tells every router; only one has it. */
    public void cancel(String taskId, java.time.Duration grace) {
        var period = Duration.newBuilder().setSeconds(grace.toSeconds()).setNanos(grace.toNanosPart());
        tellAll(DispatchRequest.newBuilder()
                .setCancel(DispatchCancel.newBuilder().setTaskId(taskId).setGracePeriod(period))
                .build());
    }

    /** Asks for output and result of an invocation from a position on. */
    public void watch(String taskId, long attempt, long offset) {
        tellAll(DispatchRequest.newBuilder()
                .setWatch(DispatchWatch.newBuilder()
                        .setTaskId(taskId)
                        .setAttempt(attempt)
                        .setOffset(offset))
                .build());
    }

    /** Gives up what waits for too long. */
    public void tick() {
        long now = nanoTime.getAsLong();
        routers.forEach(router -> router.tick(end -> end - now <= 0));
        var head = parked.peek();
        while (head != null && head.sendByNanos - now <= 0) {
            if (parked.remove(head)) {
                parkedCount.decrementAndGet();
                head.dispatch.listener().answered(new Dispatch.Answer.NotSent(missing()));
            }
            head = parked.peek();
        }
        unpark();
    }

    RouterEvents events() {
        return events;
    }

    void connected() {
        unpark();
        events.connected();
    }

    private int waiting() {
        return parkedCount.get()
                + routers.stream().mapToInt(RouterLink::underWay).sum();
    }

    private boolean offer(Dispatch dispatch, long answerByNanos) {
        for (RouterLink router : routers) {
            if (router.connected()
                    && router.offer(dispatch, correlationIds.incrementAndGet(), answerByNanos, clock.millis())) {
                return true;
            }
        }
        return false;
    }

    private void park(Dispatch dispatch, long answerByNanos) {
        if (parkedCount.incrementAndGet() > PARKED_MAX) {
            parkedCount.decrementAndGet();
            dispatch.listener()
                    .answered(new Dispatch.Answer.NotSent(missing() + "; " + PARKED_MAX + " calls wait already"));
            return;
        }
        parked.add(new Parked(dispatch, nanoTime.getAsLong() + waits.router.toNanos(), answerByNanos));
        if (routers.stream().anyMatch(RouterLink::connected)) {
            unpark();
        }
    }

    private void unpark() {
        for (int left = parkedCount.get(); left > 0; left--) {
            var next = parked.poll();
            if (next == null) {
                return;
            }
            if (offer(next.dispatch, next.answerByNanos)) {
                parkedCount.decrementAndGet();
            } else {
                parked.add(next);
            }
        }
    }

    private void tellAll(DispatchRequest request) {
        routers.forEach(router -> router.tell(request));
    }

    private String missing() {
        if (routers.isEmpty()) {
            return "no router is set (api.routers)";
        }
        if (routers.stream().anyMatch(RouterLink::connected)) {
            return "the routers do not keep up: "
                    + routers.stream().map(RouterLink::name).collect(Collectors.joining(", "));
        }
        return "no router is connected within " + waits.router.toMillis() + " ms; tried "
                + routers.stream().map(RouterLink::name).collect(Collectors.joining(", ")) + " (api.routers)";
    }
}
