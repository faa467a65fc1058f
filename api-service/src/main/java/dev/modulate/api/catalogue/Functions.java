package dev.modulate.api.catalogue;

import dev.modulate.api.admission.Pinning;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.ServerStream;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.observability.link.UnaryAnswer;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The view of the registry's functions, fed by its watch stream. Lookups never leave the process, but for versions that
 * no alias names and that are not the newest.
 *
 * <p>Written by the stream alone; read by any thread.
 */
public final class Functions implements AutoCloseable {
    private static final Duration RESOLVE_TIMEOUT = Duration.ofSeconds(2);
    private static final int REQUESTS_MAX = 1;
    private static final long NO_REVISION = -1;

    private final RegistryServiceStub registry;
    private final StreamLink<WatchFunctionsRequest, WatchFunctionsResponse> link;
    private final Queue<Awaited> awaited = new ConcurrentLinkedQueue<>();
    private volatile FunctionEntries entries = new FunctionEntries();
    private volatile long revision = NO_REVISION;
    private @Nullable FunctionEntries snapshot;

    private record Awaited(long revision, CompletableFuture<Boolean> reached) {}

    /** What a qualifier of a function names. */
    public sealed interface Found {
        record Version(Pinned pinned) implements Found {}

        /** A version that the view does not hold: ask for it with {@link Functions#resolve}. */
        record Elsewhere(long version) implements Found {}

        record NoFunction() implements Found {}

        record NoQualifier() implements Found {}

        /** No snapshot has come yet. */
        record NotReady() implements Found {}
    }

    /** @param peer name of the registry, for logs and metrics */
    public Functions(
            RegistryServiceStub registry,
            String peer,
            ScheduledExecutorService timer,
            RandomGenerator random,
            MeterRegistry meters) {
        this.registry = registry;
        this.link = new StreamLink<>("functions", peer, this::dial, new Feed(), REQUESTS_MAX, timer, random, meters);
        meters.gauge("modulate.api.functions", this, view -> view.entries.size());
    }

    public void start() {
        link.start();
    }

    @Override
    public void close() {
        link.close();
    }

    /** @param key decides between the targets of a weighted alias */
    public Found find(String tenant, String name, String qualifier, String key) {
        var entry = entries.find(tenant, name);
        if (entry == null) {
            return revision == NO_REVISION ? new Found.NotReady() : new Found.NoFunction();
        }
        var version = Pinning.version(entry.choices(), qualifier, key);
        if (version.isEmpty()) {
            return new Found.NoQualifier();
        }
        var pinned = entry.pinned(version.getAsLong());
        return pinned == null ? new Found.Elsewhere(version.getAsLong()) : new Found.Version(pinned);
    }

    /** True when the name is a function's; bounds what metrics say of names. */
    public boolean knows(String tenant, String name) {
        return entries.find(tenant, name) != null;
    }

    /** Asks the registry for a version that the view does not hold. Fails with the registry's status. */
    public CompletableFuture<Pinned> resolve(String tenant, String name, long version) {
        var resolved = new UnaryAnswer<dev.modulate.registry.v1.ResolveFunctionResponse>();
        registry.withDeadlineAfter(RESOLVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .resolveFunction(
                        ResolveFunctionRequest.newBuilder()
                                .setName(name)
                                .setQualifier(Long.toString(version))
                                .build(),
                        resolved);
        return resolved.future().thenApply(response -> {
            var pinned = new Pinned(
                    response.getVersion().getVersion(), response.getVersion().getSpec());
            var entry = entries.find(tenant, name);
            if (entry != null) {
                entry.remember(pinned);
            }
            return pinned;
        });
    }

    /** Completes with true once the view holds this revision, with false when that takes longer than the bound. */
    public CompletableFuture<Boolean> reached(long wanted, Duration atMost) {
        if (revision >= wanted) {
            return CompletableFuture.completedFuture(true);
        }
        var waiting = new Awaited(wanted, new CompletableFuture<>());
        awaited.add(waiting);
        wake();
        return waiting.reached
                .completeOnTimeout(false, atMost.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((_, _) -> awaited.remove(waiting));
    }

    /** The same for the first snapshot. */
    public CompletableFuture<Boolean> ready(Duration atMost) {
        return reached(0, atMost);
    }

    private void wake() {
        for (Awaited waiting : awaited) {
            if (revision >= waiting.revision) {
                waiting.reached.complete(true);
            }
        }
    }

    private io.grpc.stub.StreamObserver<WatchFunctionsRequest> dial(
            io.grpc.stub.StreamObserver<WatchFunctionsResponse> responses) {
        var call = new ServerStream<WatchFunctionsRequest, WatchFunctionsResponse>(responses);
        registry.watchFunctions(
                WatchFunctionsRequest.newBuilder()
                        .setSinceRevision(Math.max(revision, 0))
                        .build(),
                call);
        return call.requests();
    }

    private void apply(WatchFunctionsResponse change) {
        switch (change.getChangeCase()) {
            case SNAPSHOT_BEGIN -> snapshot = new FunctionEntries();
            case UPSERTED -> written().upsert(change.getUpserted());
            case DELETED -> written().delete(change.getDeleted());
            case SNAPSHOT_END -> {
                if (snapshot != null) {
                    entries = snapshot;
                    snapshot = null;
                }
            }
            case CHANGE_NOT_SET -> {}
        }
        if (snapshot == null) {
            revision = change.getRevision();
            wake();
        }
    }

    private FunctionEntries written() {
        return snapshot == null ? entries : snapshot;
    }

    private final class Feed implements StreamLink.Owner<WatchFunctionsRequest, WatchFunctionsResponse> {
        @Override
        public void opened(Outbox<WatchFunctionsRequest> outbox) {}

        @Override
        public void received(WatchFunctionsResponse change) {
            apply(change);
        }

        /** Half a snapshot is worth nothing: the next stream starts from the last revision that was complete. */
        @Override
        public void ended(Throwable cause) {
            snapshot = null;
        }
    }
}
