package dev.modulate.resonate.server.rpc;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.server.delivery.Drain;
import dev.modulate.resonate.server.delivery.ReaderRoom;
import dev.modulate.resonate.v1.Connected;
import dev.modulate.resonate.v1.PollResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Messages to one poll stream. A message is taken once the flow control of the stream let it through. Nothing is called while a
 * lock is held, since there is none. What a slow reader leaves no room for is not taken, and who takes nothing at all is cut
 * off.
 */
final class MessageStream implements PollGroups.Receiver {
    private final ServerCallStreamObserver<PollResponse> observer;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final Drain sending = new Drain(this::sendWhatWaits);
    private final ReaderRoom room;
    private volatile boolean ended;
    private volatile Runnable gone = () -> {};

    /** @param bytes of room that it has; zero for none */
    private record Waiting(PollResponse message, int bytes, CompletableFuture<Receipt> receipt) {}

    MessageStream(ServerCallStreamObserver<PollResponse> observer, ReaderRoom room) {
        this.observer = observer;
        this.room = room;
        // Before anybody can find the stream and send a message, and so small that it needs no room.
        var connected = PollResponse.newBuilder().setConnected(Connected.getDefaultInstance());
        queue.add(new Waiting(connected.build(), 0, new CompletableFuture<>()));
    }

    /**
     * Call it on the thread the call came on.
     *
     * @param gone told, perhaps several times, when the stream has ended
     */
    void open(Runnable gone) {
        this.gone = gone;
        observer.setOnReadyHandler(sending::run);
        observer.setOnCancelHandler(this::end);
        sending.run();
    }

    @Override
    public CompletableFuture<Receipt> take(Message message) {
        var response = PollResponse.newBuilder();
        switch (message) {
            case Message.Execute execute -> response.setExecute(ProtoReplies.execute(execute));
            case Message.Unblock unblock -> response.setUnblock(ProtoReplies.unblock(unblock));
        }
        return offer(response.build());
    }

    private CompletableFuture<Receipt> offer(PollResponse message) {
        if (ended) {
            return CompletableFuture.completedFuture(Receipt.MISSED);
        }
        int bytes = message.getSerializedSize();
        if (!room.take(bytes)) {
            return CompletableFuture.completedFuture(Receipt.BUSY);
        }
        var waiting = new Waiting(message, bytes, new CompletableFuture<>());
        queue.add(waiting);
        sending.run();
        return waiting.receipt();
    }

    private void sendWhatWaits() {
        while (ended || observer.isReady()) {
            var next = queue.poll();
            if (next == null) {
                return;
            }
            if (next.bytes() > 0) {
                room.free(next.bytes());
            }
            next.receipt().complete(!ended && sent(next.message()) ? Receipt.TAKEN : Receipt.MISSED);
        }
    }

    /** Called once in a period: ends a stream whose reader takes nothing. */
    void check() {
        if (room.stuck()) {
            cut();
        }
    }

    private void cut() {
        if (!ended) {
            end();
            try {
                observer.onError(GrpcErrors.of(Code.RESOURCE_EXHAUSTED, "POLL_STUCK", "the reader takes nothing"));
            } catch (IllegalStateException | StatusRuntimeException e) {
                // It was gone already.
                ended = true;
            }
        }
    }

    /** A stream that was cancelled in between throws. */
    private boolean sent(PollResponse message) {
        try {
            observer.onNext(message);
            return true;
        } catch (IllegalStateException | StatusRuntimeException e) {
            ended = true;
            return false;
        }
    }

    /** Whoever is cut off need not have noticed. */
    private void end() {
        ended = true;
        sending.run();
        gone.run();
    }

    /** Ends the stream from this side. */
    void close() {
        if (!ended) {
            end();
            try {
                observer.onCompleted();
            } catch (IllegalStateException | StatusRuntimeException e) {
                // The other side was quicker.
                ended = true;
            }
        }
    }
}
