package dev.modulate.registry;

import com.google.rpc.Code;
import dev.modulate.observability.server.GrpcErrors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that owns the catalogue: calls wait here for their turn, so that what one reads holds until it writes. */
final class CatalogueLane implements AutoCloseable {
    static final String QUEUE_DEPTH = "modulate.registry.queue.depth";

    private static final Logger LOG = LoggerFactory.getLogger(CatalogueLane.class);
    private static final int CALLS_MAX = 1_024;
    private static final Duration RETRY_AFTER = Duration.ofMillis(250);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(CALLS_MAX),
            Thread.ofPlatform().daemon().name("registry-catalogue").factory());

    CatalogueLane(MeterRegistry meters) {
        Gauge.builder(QUEUE_DEPTH, thread.getQueue(), java.util.Collection::size)
                .description("Calls that wait for the catalogue")
                .register(meters);
    }

    /** Answers a unary call. Returns at once. */
    <R> void answer(StreamObserver<R> responses, Supplier<R> work) {
        if (responses instanceof ServerCallStreamObserver<R> call) {
            call.setOnCancelHandler(() -> {}); // Or an answer to a caller who has left would throw.
        }
        try {
            thread.execute(() -> answerNow(responses, work));
        } catch (RejectedExecutionException e) {
            responses.onError(rejected());
        }
    }

    private static <R> void answerNow(StreamObserver<R> responses, Supplier<R> work) {
        if (responses instanceof ServerCallStreamObserver<R> call && call.isCancelled()) {
            return;
        }
        R response;
        try {
            response = work.get();
        } catch (StatusRuntimeException e) {
            responses.onError(e);
            return;
        } catch (RuntimeException e) {
            responses.onError(broken(e));
            return;
        }
        responses.onNext(response);
        responses.onCompleted();
    }

    /** Runs on the lane and waits for it: for a thread that may block. */
    <T> T ask(Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, thread).join();
        } catch (RejectedExecutionException e) {
            throw rejected();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Runs on the lane some time; false when it has no room. */
    boolean tell(Runnable work) {
        try {
            thread.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    StatusRuntimeException rejected() {
        return thread.isShutdown()
                ? GrpcErrors.of(Code.UNAVAILABLE, "STOPPING", "the registry is stopping")
                : GrpcErrors.retryLater(
                        Code.RESOURCE_EXHAUSTED, "BUSY", CALLS_MAX + " calls wait for the registry", RETRY_AFTER);
    }

    /** What a caller is told of a failure that is ours; the log says more. */
    static StatusRuntimeException broken(Exception cause) {
        LOG.atError().setCause(cause).log("call failed");
        return GrpcErrors.of(Code.INTERNAL, "REGISTRY_FAILED", "the registry failed; its log says why");
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
