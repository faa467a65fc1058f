package dev.modulate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.SetAliasRequest;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryWatchTest {
    @TempDir
    private Path data;

    private RegistryInProcess registry;

    @BeforeEach
    void start() {
        registry = new RegistryInProcess(data);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void sendsASnapshotAndThenTheChanges() {
        registry.create("a");
        registry.create("b");
        var watch = watch(0);
        watch.awaitMessages("begin", "functions/a 1", "functions/b 1", "end");
        update("a", "app.two");
        delete("b");
        watch.awaitMessages("begin", "functions/a 1", "functions/b 1", "end", "functions/a 2", "-functions/b");
    }

    @Test
    void anEntryHoldsTheVersionsThatAQualifierCanName() {
        registry.create("a");
        update("a", "app.two");
        update("a", "app.three");
        var target = AliasTarget.newBuilder().setVersion(1).setWeightPercent(100);
        registry.calls()
                .setAlias(SetAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName("functions/a/aliases/prod")
                                .addTargets(target))
                        .build());
        var watch = watch(0);
        watch.awaitMessages("begin", "functions/a 3", "end");
        assertThat(watch.messages.get(1).getUpserted().getVersionsList())
                .extracting(FunctionVersion::getVersion)
                .containsExactly(3L, 1L);
    }

    @Test
    void resumesFromARevisionWithWhatChangedSince() {
        registry.create("a");
        registry.create("b");
        var first = watch(0);
        first.awaitMessages("begin", "functions/a 1", "functions/b 1", "end");
        long seen = first.lastRevision();
        first.cancel();

        update("a", "app.two");
        update("a", "app.three");
        delete("b");
        registry.create("c");
        var second = watch(seen);
        second.awaitMessages("functions/a 3", "-functions/b", "functions/c 1", "end");
        assertThat(second.lastRevision()).isEqualTo(seen + 4);

        watch(seen + 4).awaitMessages("end");
    }

    @Test
    void resumesOverARestart() {
        registry.create("a");
        var first = watch(0);
        first.awaitMessages("begin", "functions/a 1", "end");
        long seen = first.lastRevision();
        registry.create("b");
        registry.close();
        first.awaitStatus(Status.Code.UNAVAILABLE);

        registry = new RegistryInProcess(data);
        watch(seen).awaitMessages("functions/b 1", "end");
    }

    @Test
    void aRevisionThatIsNotKnownGetsASnapshot() {
        registry.create("a");
        watch(1).awaitMessages("begin", "functions/a 1", "end");
        watch(Long.MAX_VALUE).awaitMessages("begin", "functions/a 1", "end");
    }

    @Test
    void aSnapshotThatBreaksOffIsNotResumed() {
        registry.create("a");
        var watch = watch(0);
        watch.awaitMessages("begin", "functions/a 1", "end");
        assertThat(watch.messages)
                .extracting(WatchFunctionsResponse::getRevision)
                .startsWith(0L, 0L);
    }

    @Test
    void forgetsAWatcherThatLeaves() {
        var watch = watch(0);
        watch.awaitMessages("begin", "end");
        assertThat(watchers()).isEqualTo(1);
        watch.cancel();
        await().untilAsserted(() -> assertThat(watchers()).isZero());
        assertThat(registry.meters.get(FunctionWatches.SLOW_WATCHERS).counter().count())
                .isZero();
    }

    @Test
    void aNegativeRevisionIsRefused() {
        watch(-1).awaitStatus(Status.Code.INVALID_ARGUMENT);
    }

    private double watchers() {
        return registry.meters.get(FunctionWatches.WATCHERS).gauge().value();
    }

    private void update(String id, String handler) {
        registry.calls()
                .updateFunction(UpdateFunctionRequest.newBuilder()
                        .setFunction(Function.newBuilder()
                                .setName("functions/" + id)
                                .setSpec(RegistryInProcess.spec().toBuilder().setHandler(handler)))
                        .build());
    }

    private void delete(String id) {
        registry.calls()
                .deleteFunction(DeleteFunctionRequest.newBuilder()
                        .setName("functions/" + id)
                        .build());
    }

    private Watch watch(long sinceRevision) {
        var watch = new Watch();
        registry.streams()
                .watchFunctions(
                        WatchFunctionsRequest.newBuilder()
                                .setSinceRevision(sinceRevision)
                                .build(),
                        watch);
        return watch;
    }

    private static final class Watch implements ClientResponseObserver<WatchFunctionsRequest, WatchFunctionsResponse> {
        final List<WatchFunctionsResponse> messages = new CopyOnWriteArrayList<>();
        volatile @Nullable Throwable ended;
        private volatile @Nullable ClientCallStreamObserver<WatchFunctionsRequest> call;

        void awaitMessages(String... expected) {
            await().untilAsserted(
                            () -> assertThat(messages).extracting(Watch::print).containsExactly(expected));
        }

        void awaitStatus(Status.Code code) {
            await().untilAsserted(() ->
                    assertThat(Status.fromThrowable(ended).getCode()).isEqualTo(code));
        }

        long lastRevision() {
            return messages.getLast().getRevision();
        }

        void cancel() {
            Objects.requireNonNull(call).cancel("seen enough", null);
        }

        private static String print(WatchFunctionsResponse message) {
            return switch (message.getChangeCase()) {
                case SNAPSHOT_BEGIN -> "begin";
                case SNAPSHOT_END -> "end";
                case DELETED -> "-" + message.getDeleted().getName();
                case UPSERTED ->
                    message.getUpserted().getFunction().getName() + " "
                            + message.getUpserted().getFunction().getVersion();
                case CHANGE_NOT_SET -> "nothing";
            };
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchFunctionsRequest> call) {
            this.call = call;
        }

        @Override
        public void onNext(WatchFunctionsResponse message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            ended = cause;
        }

        @Override
        public void onCompleted() {}
    }
}
