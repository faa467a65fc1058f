package dev.modulate.resonate.server.rpc;

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

/**
 * Messages to one poll stream. A message is taken once the flow control of the stream let it through. The thread that finds
 * the stream idle sends for all; nothing is called while a lock is held, since there is none.
 */
final class MessageStream implements PollGroups.Receiver {
    static final int MESSAGES_MAX = 100;

    private final ServerCallStreamObserver<PollResponse> observer;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicInteger work = new AtomicInteger();
    private volatile boolean ended;

    private record Waiting(PollResponse message, CompletableFuture<Receipt> receipt) {}

    MessageStream(ServerCallStreamObserver<PollResponse> observer) {
        this.observer = observer;
        // Before anybody can find the stream and send a message.
        var connected = PollResponse.newBuilder().setConnected(Connected.getDefaultInstance());
        queue.add(new Waiting(connected.build(), new CompletableFuture<>()));
        size.incrementAndGet();
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
        if (size.incrementAndGet() > MESSAGES_MAX || ended) {
            size.decrementAndGet();
            return CompletableFuture.completedFuture(Receipt.MISSED);
        }
        var waiting = new Waiting(message, new CompletableFuture<>());
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
            size.decrementAndGet();
            next.receipt().complete(!ended && sent(next.message()) ? Receipt.TAKEN : Receipt.MISSED);
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
