package dev.modulate.resonate.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import dev.modulate.resonate.v1.PollResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MessageStreamTest {
    private static final Message LARGE = new Message.Unblock(new Promise(
            "a", PromiseState.RESOLVED, Value.EMPTY, new Value(Map.of(), "x".repeat(1 << 20)), Map.of(), 1, 1, 1L));

    private final AtomicLong bytes = new AtomicLong();

    @Test
    void readersThatTakeNothingHoldSoManyBytesTogether() {
        var one = new Reader();
        var two = new Reader();
        var first = open(one);
        var second = open(two);
        int held = 0;
        for (int i = 0; i < 40; i++) {
            held += first.take(LARGE).isDone() ? 0 : 1;
            held += second.take(LARGE).isDone() ? 0 : 1;
        }
        assertThat(held).isEqualTo(63);
        assertThat(first.take(LARGE)).isCompletedWithValue(Receipt.BUSY);

        one.ready();
        assertThat(first.take(LARGE)).isCompletedWithValue(Receipt.TAKEN);
        two.ready();
        assertThat(bytes).hasValue(0);
    }

    @Test
    void whoTakesNothingForAMinuteIsCutOff() {
        var reader = new Reader();
        var stream = open(reader);
        var waiting = stream.take(LARGE);
        for (int i = 0; i < ReaderRoom.IDLE_CHECKS_MAX; i++) {
            stream.check();
        }
        assertThat(waiting).isNotDone();

        stream.check();

        assertThat(Status.fromThrowable(reader.error).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(waiting).isCompletedWithValue(Receipt.MISSED);
        assertThat(stream.take(LARGE)).isCompletedWithValue(Receipt.MISSED);
        assertThat(bytes).hasValue(0);
    }

    @Test
    void whoTakesAnythingStays() {
        var reader = new Reader();
        var stream = open(reader);
        for (int round = 0; round < 3; round++) {
            stream.take(LARGE);
            for (int i = 0; i < ReaderRoom.IDLE_CHECKS_MAX; i++) {
                stream.check();
            }
            reader.ready();
            reader.ready = false;
        }
        assertThat(reader.error).isNull();
        assertThat(reader.taken).hasSize(4);
    }

    private MessageStream open(Reader reader) {
        var stream = new MessageStream(reader, new ReaderRoom(bytes));
        stream.open(() -> {});
        return stream;
    }

    /** The other end, which takes nothing until it is ready. */
    private static final class Reader extends ServerCallStreamObserver<PollResponse> {
        final List<PollResponse> taken = new ArrayList<>();
        boolean ready;

        @Nullable
        Throwable error;

        private Runnable onReady = () -> {};

        void ready() {
            ready = true;
            onReady.run();
        }

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {
            onReady = handler;
        }

        @Override
        public void onNext(PollResponse value) {
            taken.add(value);
        }

        @Override
        public void onError(Throwable thrown) {
            error = thrown;
        }

        @Override
        public void onCompleted() {}

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}
    }
}
