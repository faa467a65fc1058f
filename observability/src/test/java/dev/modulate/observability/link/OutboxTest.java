package dev.modulate.observability.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final int PLENTY = 1_000_000;

    @Test
    void keepsWhatWasOfferedBeforeTheStream() {
        var outbox = new Outbox<String>(10);
        outbox.offer("a");
        outbox.offer("b");
        assertThat(outbox.size()).isEqualTo(2);
        var stream = new FakeStream(PLENTY);
        outbox.bind(stream);
        outbox.offer("c");
        assertThat(stream.sent).containsExactly("a", "b", "c");
        assertThat(outbox.size()).isZero();
    }

    @Test
    void sendsNoFasterThanThePeerTakes() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(1);
        outbox.bind(stream);
        outbox.offer("a");
        outbox.offer("b");
        outbox.offer("c");
        assertThat(stream.sent).containsExactly("a");
        stream.makeRoom(1);
        assertThat(stream.sent).containsExactly("a", "b");
        stream.makeRoom(5);
        assertThat(stream.sent).containsExactly("a", "b", "c");
    }

    @Test
    void saysNoWhenItIsFull() {
        var outbox = new Outbox<String>(2);
        var stream = new FakeStream(0);
        outbox.bind(stream);
        assertThat(outbox.offer("a")).isTrue();
        assertThat(outbox.offer("b")).isTrue();
        assertThat(outbox.offer("c")).isFalse();
        stream.makeRoom(1);
        assertThat(outbox.offer("d")).isTrue();
        stream.makeRoom(5);
        assertThat(stream.sent).containsExactly("a", "b", "d");
    }

    @Test
    void completesAfterWhatWaits() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(0);
        outbox.bind(stream);
        outbox.offer("a");
        outbox.complete();
        assertThat(outbox.offer("b")).isFalse();
        assertThat(stream.completed).isFalse();
        stream.makeRoom(5);
        assertThat(stream.sent).containsExactly("a");
        assertThat(stream.completed).isTrue();
    }

    @Test
    void completesAStreamThatIsBoundLater() {
        var outbox = new Outbox<String>(10);
        outbox.offer("a");
        outbox.complete();
        var stream = new FakeStream(PLENTY);
        outbox.bind(stream);
        assertThat(stream.sent).containsExactly("a");
        assertThat(stream.completed).isTrue();
    }

    @Test
    void failsAtOnceAndDropsWhatWaits() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(0);
        outbox.bind(stream);
        outbox.offer("a");
        var cause = Status.RESOURCE_EXHAUSTED.asException();
        outbox.fail(cause);
        outbox.fail(Status.UNKNOWN.asException());
        assertThat(stream.failed).isSameAs(cause);
        stream.makeRoom(5);
        assertThat(stream.sent).isEmpty();
        assertThat(outbox.offer("b")).isFalse();
    }

    @Test
    void sendsNothingMoreOnceTheStreamIsGone() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(0);
        outbox.bind(stream);
        outbox.offer("a");
        outbox.close();
        stream.makeRoom(5);
        outbox.complete();
        outbox.fail(Status.UNKNOWN.asException());
        assertThat(stream.sent).isEmpty();
        assertThat(stream.completed).isFalse();
        assertThat(stream.failed).isNull();
        assertThat(outbox.offer("b")).isFalse();
    }

    @Test
    void aStreamThatRefusesAMessageIsGone() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(PLENTY);
        outbox.bind(stream);
        stream.broken = new IllegalStateException("call was half-closed");
        outbox.offer("a");
        assertThat(outbox.offer("b")).isFalse();
    }

    @Test
    void takesAnOfferFromInsideASend() {
        var outbox = new Outbox<String>(10);
        var stream = new FakeStream(PLENTY);
        stream.onSend = () -> {
            if (stream.sent.size() < 3) {
                outbox.offer("echo " + stream.sent.size());
            }
        };
        outbox.bind(stream);
        outbox.offer("a");
        assertThat(stream.sent).containsExactly("a", "echo 1", "echo 2");
        assertThat(stream.overlapped).isFalse();
    }

    @Test
    void keepsTheOrderOfEachOfManyThreadsAndSendsOneAtATime() {
        int threads = 8;
        int messages = 2_000;
        var outbox = new Outbox<String>(threads * messages);
        var stream = new FakeStream(PLENTY);
        outbox.bind(stream);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < threads; t++) {
                String sender = "t" + t + " ";
                executor.execute(() -> IntStream.range(0, messages).forEach(n -> outbox.offer(sender + n)));
            }
        }
        assertThat(stream.sent).hasSize(threads * messages);
        assertThat(stream.overlapped).isFalse();
        for (int t = 0; t < threads; t++) {
            String sender = "t" + t + " ";
            var expected = new ArrayList<String>();
            IntStream.range(0, messages).forEach(n -> expected.add(sender + n));
            assertThat(stream.sent.stream()
                            .filter(message -> message.startsWith(sender))
                            .toList())
                    .isEqualTo(expected);
        }
    }
}
