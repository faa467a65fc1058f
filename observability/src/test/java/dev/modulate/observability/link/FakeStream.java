package dev.modulate.observability.link;

import io.grpc.stub.ClientCallStreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A stream that takes as many messages as a test gives it room for, and notices when two threads send at once. */
final class FakeStream extends ClientCallStreamObserver<String> {
    final List<String> sent = new CopyOnWriteArrayList<>();
    volatile boolean completed;
    volatile boolean overlapped;
    volatile @Nullable Throwable failed;
    volatile @Nullable RuntimeException broken;
    volatile Runnable onReady = () -> {};
    volatile Runnable onSend = () -> {};
    private final AtomicInteger room = new AtomicInteger();
    private final AtomicInteger senders = new AtomicInteger();

    FakeStream(int room) {
        this.room.set(room);
    }

    void makeRoom(int messages) {
        room.addAndGet(messages);
        onReady.run();
    }

    @Override
    public boolean isReady() {
        return room.get() > 0;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        onReady = handler;
    }

    @Override
    public void onNext(String message) {
        overlapped |= senders.incrementAndGet() > 1;
        var cause = broken;
        if (cause != null) {
            throw cause;
        }
        room.decrementAndGet();
        sent.add(message);
        onSend.run();
        senders.decrementAndGet();
    }

    @Override
    public void onError(Throwable cause) {
        overlapped |= senders.get() > 0;
        failed = cause;
    }

    @Override
    public void onCompleted() {
        completed = true;
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}
}
