package dev.modulate.resonate.server.rpc;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.v1.Connected;
import dev.modulate.resonate.v1.PollResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Messages to one poll stream. A message is taken once the flow control of the stream let it through. The thread that finds
 * the stream idle sends for all; nothing is called while a lock is held, since there is none. What a slow reader leaves no
 * room for is not taken, and who takes nothing at all is cut off.
 */
final class MessageStream implements PollGroups.Receiver {
    static final int MESSAGES_MAX = 100;

    /** Bytes that wait for the readers of all streams together. */
    static final long BYTES_MAX = 64L << 20;

    static final long CHECK_SECONDS = 15;

    /** Checks without any progress after which a reader counts as gone. */
    static final int IDLE_CHECKS_MAX = 4;

    private final ServerCallStreamObserver<PollResponse> observer;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger work = new AtomicInteger();
    private final AtomicInteger idleChecks = new AtomicInteger();
    private final AtomicLong bytesOfAll;
    private volatile boolean ended;

    private record Waiting(PollResponse message, CompletableFuture<Receipt> receipt) {
        int bytes() {
            return message.getSerializedSize();
        }
    }

    /** @param bytesOfAll bytes that wait now, shared by all streams */
    MessageStream(ServerCallStreamObserver<PollResponse> observer, AtomicLong bytesOfAll) {
        this.observer = observer;
        this.bytesOfAll = bytesOfAll;
        // Before anybody can find the stream and send a message.
        var connected = PollResponse.newBuilder().setConnected(Connected.getDefaultInstance());
        var first = new Waiting(connected.build(), new CompletableFuture<>());
        size.incrementAndGet();
        bytesOfAll.addAndGet(first.bytes());
        queue.add(first);
    }

    /** Call it on the thread the call came on. */
    void open(Runnable gone) {
        observer.setOnReadyHandler(this::drain);
        observer.setOnCancelHandler(() -> {
            end();
            gone.run();
        });
        drain();
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
        var waiting = new Waiting(message, new CompletableFuture<>());
        boolean room = size.incrementAndGet() <= MESSAGES_MAX;
        room &= bytesOfAll.addAndGet(waiting.bytes()) <= BYTES_MAX;
        if (!room || ended) {
            free(waiting);
            return CompletableFuture.completedFuture(ended ? Receipt.MISSED : Receipt.BUSY);
        }
        queue.add(waiting);
        drain();
        return waiting.receipt();
    }

    private void drain() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            sendWhatWaits();
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void sendWhatWaits() {
        while (ended || observer.isReady()) {
            var next = queue.poll();
            if (next == null) {
                return;
            }
            free(next);
            idleChecks.set(0);
            next.receipt().complete(!ended && sent(next.message()) ? Receipt.TAKEN : Receipt.MISSED);
        }
    }

    private void free(Waiting message) {
        size.decrementAndGet();
        bytesOfAll.addAndGet(-message.bytes());
    }

    /** Called every {@link #CHECK_SECONDS}: ends a stream whose reader takes nothing. */
    void check() {
        if (size.get() == 0) {
            idleChecks.set(0);
        } else if (idleChecks.incrementAndGet() > IDLE_CHECKS_MAX) {
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

    private void end() {
        ended = true;
        drain();
    }

    /** Forgets a stream that was never opened. */
    void discard() {
        ended = true;
        for (var next = queue.poll(); next != null; next = queue.poll()) {
            free(next);
        }
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
