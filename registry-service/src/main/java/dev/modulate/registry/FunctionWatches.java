package dev.modulate.registry;

import com.google.rpc.Code;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.catalog.CatalogEntry;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.proto.RegistryProto;
import dev.modulate.registry.store.CatalogStore;
import dev.modulate.registry.v1.SnapshotBegin;
import dev.modulate.registry.v1.SnapshotEnd;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who follows the catalogue. A watcher is added, and told of changes, on the {@link CatalogueLane}: between what it was
 * sent first and the next change nothing is missed. It leaves on any thread.
 */
final class FunctionWatches {
    static final String WATCHERS = "modulate.registry.watchers";
    static final String SLOW_WATCHERS = "modulate.registry.watchers.slow";
    static final int WATCHERS_MAX = 1_000;

    /** Room for a whole snapshot and for many changes during it. */
    private static final int WAITING_MAX = 2 * Catalogue.FUNCTIONS_MAX;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final CatalogStore store;
    private final CatalogueLane lane;
    private final int waitingMax;
    private final Counter slow;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

    private static final class Watcher {
        final ServerCallStreamObserver<WatchFunctionsResponse> call;
        final Outbox<WatchFunctionsResponse> outbox;

        Watcher(ServerCallStreamObserver<WatchFunctionsResponse> call, int waitingMax) {
            this.call = call;
            this.outbox = new Outbox<>(waitingMax);
        }
    }

    FunctionWatches(CatalogStore store, CatalogueLane lane, MeterRegistry meters) {
        this(store, lane, WAITING_MAX, meters);
    }

    FunctionWatches(CatalogStore store, CatalogueLane lane, int waitingMax, MeterRegistry meters) {
        this.store = store;
        this.lane = lane;
        this.waitingMax = waitingMax;
        this.slow = Counter.builder(SLOW_WATCHERS)
                .description("Watchers that were cut because they did not keep up")
                .register(meters);
        Gauge.builder(WATCHERS, watchers, Set::size)
                .description("Clients that follow the catalogue")
                .register(meters);
    }

    /** Call on the thread that the call came on. */
    void watch(long sinceRevision, ServerCallStreamObserver<WatchFunctionsResponse> call) {
        var watcher = new Watcher(call, waitingMax);
        call.setOnCancelHandler(() -> {
            watchers.remove(watcher);
            watcher.outbox.close();
        });
        watcher.outbox.bind(call);
        if (!lane.tell(() -> add(watcher, sinceRevision))) {
            watcher.outbox.fail(lane.rejected());
        }
    }

    private void add(Watcher watcher, long sinceRevision) {
        if (watchers.size() >= WATCHERS_MAX) {
            watcher.outbox.fail(GrpcErrors.retryLater(
                    Code.RESOURCE_EXHAUSTED,
                    "TOO_MANY_WATCHERS",
                    "there are " + WATCHERS_MAX + " watchers",
                    RETRY_AFTER));
            return;
        }
        watchers.add(watcher);
        catchUp(watcher, sinceRevision);
        send(
                watcher,
                response(store.revision())
                        .setSnapshotEnd(SnapshotEnd.getDefaultInstance())
                        .build());
        if (watcher.call.isCancelled()) {
            watchers.remove(watcher);
        }
    }

    private void catchUp(Watcher watcher, long sinceRevision) {
        var changes = sinceRevision == 0 ? new CatalogStore.Changes.Forgotten() : store.changesSince(sinceRevision);
        switch (changes) {
            case CatalogStore.Changes.Forgotten() -> sendSnapshot(watcher);
            case CatalogStore.Changes.Known(var latest) -> {
                for (var change : latest) {
                    send(watcher, latestOf(change));
                }
            }
        }
    }

    /** All of it carries the revision before, so that a watcher that loses the stream half-way does not resume from here. */
    private void sendSnapshot(Watcher watcher) {
        send(
                watcher,
                response(0).setSnapshotBegin(SnapshotBegin.getDefaultInstance()).build());
        for (var name : store.names()) {
            var entry = RegistryProto.entry(store.entry(name).orElseThrow());
            send(watcher, response(0).setUpserted(entry).build());
        }
    }

    private WatchFunctionsResponse latestOf(CatalogStore.Change change) {
        var entry = store.entry(change.name());
        return entry.isEmpty()
                ? response(change.revision())
                        .setDeleted(RegistryProto.key(change.name()))
                        .build()
                : response(change.revision())
                        .setUpserted(RegistryProto.entry(entry.get()))
                        .build();
    }

    void upserted(CatalogEntry entry, long revision) {
        if (!watchers.isEmpty()) {
            publish(response(revision).setUpserted(RegistryProto.entry(entry)).build());
        }
    }

    void deleted(FunctionName name, long revision) {
        publish(response(revision).setDeleted(RegistryProto.key(name)).build());
    }

    private void publish(WatchFunctionsResponse change) {
        watchers.forEach(watcher -> send(watcher, change));
    }

    private void send(Watcher watcher, WatchFunctionsResponse message) {
        if (!watcher.outbox.offer(message) && watchers.remove(watcher) && !watcher.call.isCancelled()) {
            slow.increment();
            watcher.outbox.fail(GrpcErrors.retryLater(
                    Code.RESOURCE_EXHAUSTED,
                    "SLOW_WATCHER",
                    "more than " + waitingMax + " messages wait for this watcher",
                    RETRY_AFTER));
        }
    }

    /** Ends every watch. Call on the lane, as its last work. */
    void close() {
        watchers.forEach(watcher ->
                watcher.outbox.fail(GrpcErrors.of(Code.UNAVAILABLE, "STOPPING", "the registry is stopping")));
        watchers.clear();
    }

    private static WatchFunctionsResponse.Builder response(long revision) {
        return WatchFunctionsResponse.newBuilder().setRevision(revision);
    }
}
