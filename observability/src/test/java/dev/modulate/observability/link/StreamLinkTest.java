package dev.modulate.observability.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamLinkTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ManualTimer timer = new ManualTimer();
    private final Peer peer = new Peer();
    private final RecordingOwner owner = new RecordingOwner();
    private final StreamLink<String, String> link =
            new StreamLink<>("attach", "router-1", peer::open, owner, 10, timer, new Random(17), meters);

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    @Test
    void isBornQuiet() {
        assertThat(peer.streams).isEmpty();
        assertThat(link.connected()).isFalse();
    }

    @Test
    void saysHelloOnEveryStreamAndIsConnectedOnceThePeerAnswers() {
        link.start();
        assertThat(peer.stream().sent).containsExactly("hello 1");
        assertThat(link.connected()).isFalse();
        peer.responses().onNext("welcome");
        assertThat(owner.events).containsExactly("opened", "received welcome");
        assertThat(link.connected()).isTrue();
        assertThat(meters.get("modulate.stream.connected")
                        .tags("stream", "attach", "peer", "router-1")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void dialsAgainAfterAPauseWithAFreshOutbox() {
        link.start();
        peer.responses().onNext("welcome");
        var first = owner.outbox();
        peer.responses().onError(Status.UNAVAILABLE.asException());
        assertThat(link.connected()).isFalse();
        assertThat(first.offer("late")).isFalse();
        assertThat(peer.streams).hasSize(1);

        timer.runNext();
        assertThat(peer.streams).hasSize(2);
        assertThat(peer.stream().sent).containsExactly("hello 2");
        assertThat(owner.outbox()).isNotSameAs(first);
        assertThat(meters.get("modulate.stream.redials").counter().count()).isEqualTo(1);
    }

    @Test
    void aPeerThatEndsTheStreamIsDialledAgainToo() {
        link.start();
        peer.responses().onCompleted();
        assertThat(owner.events).containsExactly("opened", "ended UNAVAILABLE: the peer ended the stream");
        timer.runNext();
        assertThat(peer.streams).hasSize(2);
    }

    @Test
    void pausesGrowUntilThePeerAnswers() {
        link.start();
        var pauses = new ArrayList<Duration>();
        for (int i = 0; i < 8; i++) {
            peer.responses().onError(Status.UNAVAILABLE.asException());
            pauses.add(timer.nextDelay());
            timer.runNext();
        }
        assertThat(pauses.get(0)).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
        assertThat(pauses.get(7)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));

        peer.responses().onNext("welcome");
        peer.responses().onError(Status.UNAVAILABLE.asException());
        assertThat(timer.nextDelay()).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
    }

    @Test
    void aDialThatThrowsIsTriedAgain() {
        peer.refuse = new IllegalStateException("no channel");
        link.start();
        assertThat(owner.events).containsExactly("ended no channel");
        peer.refuse = null;
        timer.runNext();
        assertThat(owner.events).containsExactly("ended no channel", "opened");
    }

    @Test
    void anErrorThatIsToldTwiceCountsOnce() {
        link.start();
        var responses = peer.responses();
        responses.onError(Status.UNAVAILABLE.asException());
        responses.onError(Status.UNAVAILABLE.asException());
        assertThat(timer.waiting()).isEqualTo(1);
    }

    @Test
    void sendsWhenThePeerHasRoomAgain() {
        peer.room = 1;
        link.start();
        owner.outbox().offer("report");
        assertThat(peer.stream().sent).containsExactly("hello 1");
        peer.stream().makeRoom(1);
        assertThat(peer.stream().sent).containsExactly("hello 1", "report");
    }

    @Test
    void endsForGoodWhenClosed() {
        link.start();
        link.close();
        assertThat(peer.stream().completed).isTrue();
        peer.responses().onCompleted();
        assertThat(timer.waiting()).isZero();
    }

    @Test
    void doesNotDialWhenClosedDuringThePause() {
        link.start();
        peer.responses().onError(Status.UNAVAILABLE.asException());
        link.close();
        timer.runNext();
        assertThat(peer.streams).hasSize(1);
    }

    private static final class Peer {
        final List<FakeStream> streams = new ArrayList<>();
        private final List<StreamObserver<String>> responses = new ArrayList<>();
        int room = 100;

        @Nullable
        RuntimeException refuse;

        @SuppressWarnings("unchecked") // Requests are strings here.
        StreamObserver<String> open(StreamObserver<String> observer) {
            if (refuse != null) {
                throw refuse;
            }
            var stream = new FakeStream(room);
            ((ClientResponseObserver<String, String>) observer).beforeStart(stream);
            streams.add(stream);
            responses.add(observer);
            return stream;
        }

        FakeStream stream() {
            return streams.getLast();
        }

        StreamObserver<String> responses() {
            return responses.getLast();
        }
    }

    private static final class RecordingOwner implements StreamLink.Owner<String, String> {
        final List<String> events = new ArrayList<>();
        private final List<Outbox<String>> outboxes = new ArrayList<>();

        Outbox<String> outbox() {
            return outboxes.getLast();
        }

        @Override
        public void opened(Outbox<String> outbox) {
            events.add("opened");
            outboxes.add(outbox);
            outbox.offer("hello " + outboxes.size());
        }

        @Override
        public void received(String message) {
            events.add("received " + message);
        }

        @Override
        public void ended(Throwable cause) {
            events.add("ended " + cause.getMessage());
        }
    }

    /** Runs what is due now at once, and the rest when a test says so. */
    private static final class ManualTimer extends ScheduledThreadPoolExecutor {
        private record Later(Runnable work, Duration delay) {}

        private final Queue<Later> queue = new ArrayDeque<>();

        ManualTimer() {
            super(1);
        }

        @Override
        public void execute(Runnable work) {
            work.run();
        }

        @Override
        public @Nullable ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
            queue.add(new Later(work, Duration.of(delay, unit.toChronoUnit())));
            return null;
        }

        void runNext() {
            queue.remove().work().run();
        }

        Duration nextDelay() {
            return queue.element().delay();
        }

        int waiting() {
            return queue.size();
        }
    }
}
