package dev.modulate.observability.link;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One long-lived stream to a peer, dialled again with a jittered pause whenever it ends. Each time it opens, the owner
 * gets a fresh {@link Outbox} and says hello.
 *
 * <p>Calls of one {@link Owner} never overlap for one stream. They come on the thread of the transport: do not block.
 *
 * @param <Q> what is sent
 * @param <R> what is received
 */
public final class StreamLink<Q, R> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StreamLink.class);
    private static final String CONNECTED = "modulate.stream.connected";
    private static final String REDIALS = "modulate.stream.redials";

    /** Opens the stream: {@code stub::attach}. */
    public interface Dial<Q, R> {
        StreamObserver<Q> open(StreamObserver<R> responses);
    }

    /** Who uses the stream. */
    public interface Owner<Q, R> {
        /** The stream was opened, which does not say that the peer is there. Send the hello. */
        void opened(Outbox<Q> outbox);

        void received(R message);

        /** The stream ended; the outbox is closed. A new one will be opened. */
        void ended(Throwable cause);
    }

    private final String name;
    private final Dial<Q, R> dial;
    private final Owner<Q, R> owner;
    private final int messagesMax;
    private final ScheduledExecutorService timer;
    private final RandomGenerator random;
    private final Counter redials;
    private final AtomicInteger connected = new AtomicInteger();
    private volatile boolean closed;
    private volatile Stream current;
    private int failures;

    /**
     * @param name of the stream in metrics and logs, such as {@code attach}
     * @param peer address or name of the peer, for the same
     * @param messagesMax bound of the outbox
     * @param timer runs the dialling; shared, never blocked
     */
    public StreamLink(
            String name,
            String peer,
            Dial<Q, R> dial,
            Owner<Q, R> owner,
            int messagesMax,
            ScheduledExecutorService timer,
            RandomGenerator random,
            MeterRegistry meters) {
        this.name = name + " " + peer;
        this.dial = dial;
        this.owner = owner;
        this.messagesMax = messagesMax;
        this.timer = timer;
        this.random = random;
        this.current = new Stream();
        this.redials = Counter.builder(REDIALS)
                .description("Times a stream to a peer was dialled again")
                .tags("stream", name, "peer", peer)
                .register(meters);
        Gauge.builder(CONNECTED, connected, AtomicInteger::get)
                .description("1 while the peer has answered on the stream")
                .tags("stream", name, "peer", peer)
                .register(meters);
    }

    public void start() {
        timer.execute(this::open);
    }

    /** True once the peer has answered on the stream that is open now. */
    public boolean connected() {
        return connected.get() == 1;
    }

    /** Ends the stream and dials no more. */
    @Override
    public void close() {
        closed = true;
        current.outbox.complete();
    }

    private void open() {
        if (closed) {
            return;
        }
        var stream = new Stream();
        current = stream;
        try {
            stream.bind(dial.open(stream));
        } catch (RuntimeException e) {
            stream.onError(e);
        }
    }

    private synchronized void endedOnce(Stream stream, Throwable cause) {
        if (stream.ended) {
            return;
        }
        stream.ended = true;
        connected.set(0);
        failures = stream.answered ? 1 : failures + 1;
        var pause = Backoff.OF_STREAMS.pause(failures, random);
        if (!closed) {
            redials.increment();
            LOG.atLevel(failures == 1 ? org.slf4j.event.Level.INFO : org.slf4j.event.Level.DEBUG)
                    .addKeyValue("stream", name)
                    .addKeyValue("cause", String.valueOf(cause.getMessage()))
                    .addKeyValue("redial_ms", pause.toMillis())
                    .log("stream ended");
            timer.schedule(this::open, pause.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private final class Stream implements ClientResponseObserver<Q, R> {
        final Outbox<Q> outbox = new Outbox<>(messagesMax);
        volatile boolean answered;
        boolean ended;

        void bind(StreamObserver<Q> requests) {
            outbox.bindStarted(requests);
            owner.opened(outbox);
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> requests) {
            requests.setOnReadyHandler(outbox::drain);
        }

        @Override
        public void onNext(R message) {
            if (!answered) {
                answered = true;
                connected.set(1);
            }
            owner.received(message);
        }

        @Override
        public void onError(Throwable cause) {
            outbox.close();
            owner.ended(cause);
            endedOnce(this, cause);
        }

        @Override
        public void onCompleted() {
            onError(io.grpc.Status.UNAVAILABLE
                    .withDescription("the peer ended the stream")
                    .asException());
        }
    }
}
