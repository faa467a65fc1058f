package dev.modulate.api.invocation;

import dev.modulate.api.output.Position;
import dev.modulate.api.promise.Times;
import dev.modulate.api.waiting.Waiter;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.observability.link.CallContext;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.router.v1.DispatchPlaced;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows an invocation. It holds a position in the output and the newest state, never a queue: a slow
 * reader skips states in between, and output that the log has dropped meanwhile.
 *
 * <p>The thread that finds the watch idle sends for all; position and flags below belong to that thread.
 */
final class Watch implements Waiter {
    private final Desk desk;
    private final ServerCallStreamObserver<WatchInvocationResponse> client;
    private final String taskId;
    private final Runnable wake = this::drain;
    private final AtomicInteger work = new AtomicInteger();
    private final AtomicReference<@Nullable Invocation> newState = new AtomicReference<>();
    private volatile Invocation known = Invocation.getDefaultInstance();
    private volatile @Nullable Invocation last;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;
    private Position position;
    private boolean outputSent;

    Watch(
            Desk desk,
            ServerCallStreamObserver<WatchInvocationResponse> client,
            String taskId,
            WatchInvocationRequest request) {
        this.desk = desk;
        this.client = client;
        this.taskId = taskId;
        this.position = new Position(request.getAttempt(), request.getOutputOffset());
    }

    /** Call inside the call that brought the client. */
    void start() {
        client.setOnReadyHandler(wake);
        client.setOnCancelHandler(this::close);
        if (!desk.waiters().add(taskId, Long.MAX_VALUE, this)) {
            fail(desk.tooManyWaiters());
            return;
        }
        desk.reading().promise(taskId).whenComplete((promise, cause) -> {
            if (promise == null) {
                fail(cause);
            } else {
                begin(promise);
            }
        });
    }

    private void begin(Promise promise) {
        boolean settled = promise.state().settled();
        var missing = desk.logs().subscribe(taskId, wake);
        if (settled) {
            desk.logs().finished(taskId);
        } else {
            ask(missing);
        }
        desk.reading().complete(promise).whenComplete((invocation, cause) -> {
            if (invocation == null) {
                fail(cause);
                return;
            }
            show(invocation);
            if (settled) {
                last = invocation;
                drain();
            }
            desk.waiters().found(promise);
        });
        if (closed) {
            close();
        }
    }

    /** From where the log ends; with nothing in the log, from where the client stopped reading. */
    private void ask(Position missing) {
        boolean nothing = missing.attempt() == 0;
        var from = nothing ? position : missing;
        desk.dispatcher().watch(taskId, from.attempt(), from.offset());
    }

    @Override
    public void placed(DispatchPlaced placed) {
        if (last == null && placed.getAttempt() >= known.getAttempt()) {
            show(known.toBuilder()
                    .setState(placed.getRunning() ? Invocation.State.STATE_RUNNING : Invocation.State.STATE_PENDING)
                    .setNode(placed.getNode())
                    .setAttempt(placed.getAttempt())
                    .build());
        }
    }

    @Override
    public void routerConnected() {
        ask(desk.logs().expect(taskId));
    }

    @Override
    public void ended(End end) {
        desk.logs().finished(taskId);
        var read = end instanceof End.Read(Promise promise)
                ? desk.reading().complete(promise)
                : desk.reading().invocation(taskId);
        read.whenComplete((invocation, cause) -> {
            if (invocation == null) {
                fail(cause);
            } else {
                last = invocation;
                drain();
            }
        });
    }

    private void show(Invocation invocation) {
        if (!invocation.getName().isEmpty() && !invocation.equals(known)) {
            known = invocation;
            newState.set(invocation);
            drain();
        }
    }

    private void fail(Throwable cause) {
        failure = cause;
        drain();
    }

    private void drain() {
        if (work.getAndIncrement() == 0) {
            CallContext.outside(this::drainAlone);
        }
    }

    private void drainAlone() {
        int missed = 1;
        do {
            sendWhatIsReady();
            missed = work.addAndGet(-missed);
        } while (missed != 0);
    }

    private void sendWhatIsReady() {
        var failed = failure;
        if (failed != null && !closed) {
            close();
            client.onError(Refusals.cause(failed));
        }
        while (!closed && client.isReady()) {
            var state = newState.getAndSet(null);
            var chunk = state == null && begun() ? desk.logs().next(taskId, position) : null;
            if (state != null) {
                send(event().setInvocation(state));
            } else if (chunk != null) {
                send(chunk);
            } else {
                finishIfDone();
                return;
            }
        }
    }

    /** Whether a state is known; output is sent only after one. */
    private boolean begun() {
        return !known.getName().isEmpty();
    }

    private void send(OutputChunk chunk) {
        outputSent = true;
        position = new Position(
                chunk.getAttempt(), chunk.getOffset() + chunk.getData().size());
        send(event().setOutput(chunk));
    }

    /** The end comes last, after all output; it is said once. */
    private void finishIfDone() {
        var end = last;
        // The end may come while the first state is still being read.
        if (end == null || !begun() || newState.get() != null) {
            return;
        }
        if (outputSent || !end.equals(known)) {
            send(event().setInvocation(end));
        }
        close();
        client.onCompleted();
    }

    private WatchInvocationResponse.Builder event() {
        return WatchInvocationResponse.newBuilder()
                .setEventTime(Times.timestamp(desk.clock().millis()));
    }

    private void send(WatchInvocationResponse.Builder event) {
        client.onNext(event.build());
    }

    private void close() {
        closed = true;
        desk.waiters().remove(taskId, this);
        desk.logs().unsubscribe(taskId, wake);
    }
}
