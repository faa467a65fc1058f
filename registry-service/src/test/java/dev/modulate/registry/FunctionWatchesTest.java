package dev.modulate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.store.SqliteCatalogStore;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionWatchesTest {
    private static final int WAITING_MAX = 10;

    @Test
    void aSlowWatcherIsCutAndOthersAreNot(@TempDir Path data) {
        var meters = new SimpleMeterRegistry();
        try (var store = new SqliteCatalogStore(data.resolve("catalogue.db"), InstantSource.fixed(Instant.EPOCH));
                var lane = new CatalogueLane(meters)) {
            store.open();
            var watches = new FunctionWatches(store, lane, WAITING_MAX, meters);
            var slow = new FakeCall();
            var quick = new FakeCall();
            quick.ready = true;
            watches.watch(0, slow);
            watches.watch(0, quick);
            await().untilAsserted(() -> assertThat(quick.sent).hasSize(2));

            var name = new FunctionName("default", "a");
            lane.tell(() -> {
                for (int i = 0; i < WAITING_MAX; i++) {
                    watches.deleted(name, i);
                }
            });
            await().untilAsserted(() -> assertThat(slow.ended).isNotNull());

            assertThat(Status.fromThrowable(slow.ended).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(slow.sent).isEmpty();
            await().untilAsserted(() -> assertThat(quick.sent).hasSize(2 + WAITING_MAX));
            await().untilAsserted(() -> assertThat(
                            meters.get(FunctionWatches.SLOW_WATCHERS).counter().count())
                    .isEqualTo(1));
            await().untilAsserted(() -> assertThat(
                            meters.get(FunctionWatches.WATCHERS).gauge().value())
                    .isEqualTo(1));
            assertThat(quick.ended).isNull();
        }
    }

    /** A peer that is not ready until a test says so. */
    private static final class FakeCall extends ServerCallStreamObserver<WatchFunctionsResponse> {
        final List<WatchFunctionsResponse> sent = new CopyOnWriteArrayList<>();
        volatile @Nullable Throwable ended;
        volatile boolean ready;

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public boolean isReady() {
            return ready;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}

        @Override
        public void disableAutoInboundFlowControl() {}

        @Override
        public void onNext(WatchFunctionsResponse message) {
            sent.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            ended = cause;
        }

        @Override
        public void onCompleted() {}
    }
}
