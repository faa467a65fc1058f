package dev.modulate.resonate.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import dev.modulate.resonate.store.StoreException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedResonateTest {
    private interface Commit {
        void run() throws InterruptedException;
    }

    @TempDir
    Path folder;

    private final CountDownLatch writes = new CountDownLatch(1);

    /** A device that hangs: a write of it neither ends nor fails. */
    @Test
    void anOperationFailsWhenTheStoreHangs() {
        try (var store = RocksStore.open(folder);
                var lane = lane(before(store, writes::await))) {
            lane.start();
            var groups = new PollGroups(new Random(1), 1);
            try (var resonate = new EmbeddedResonate(lane, groups, new Random(1), Duration.ofMillis(200))) {
                var hung = resonate.send(create("a"));
                assertThatThrownBy(() -> hung.get(60, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(ResonateUnavailableException.class)
                        .hasMessageContaining("promise.create got no answer within 200 ms");
            } finally {
                writes.countDown();
            }
            try (var resonate = new EmbeddedResonate(lane, groups, new Random(1), Duration.ofSeconds(60))) {
                assertThat(resonate.send(create("b")).join()).isInstanceOf(Reply.Ok.class);
            }
        }
    }

    /** A device that fails is tried again, and no longer than callers are told. */
    @Test
    void anOperationFailsWhenTheStoreFailsForLong() {
        var commits = new AtomicInteger();
        try (var store = RocksStore.open(folder);
                var lane = lane(before(store, () -> {
                    commits.incrementAndGet();
                    throw new StoreException("the device said no", new IOException("injected"));
                }))) {
            lane.start();
            var groups = new PollGroups(new Random(1), 1);
            try (var resonate = new EmbeddedResonate(lane, groups, new Random(1), Duration.ofMillis(500))) {
                assertThatThrownBy(() -> resonate.send(create("a")).get(60, TimeUnit.SECONDS))
                        .hasCauseInstanceOf(ResonateUnavailableException.class);
                assertThat(commits).hasValueGreaterThan(1);
            }
        }
    }

    private static PromiseLane lane(PromiseStore store) {
        return new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system());
    }

    private static PromiseStore before(PromiseStore store, Commit commit) {
        return (PromiseStore) Proxy.newProxyInstance(
                EmbeddedResonateTest.class.getClassLoader(),
                new Class<?>[] {PromiseStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        commit.run();
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Request.PromiseCreate create(String id) {
        return new Request.PromiseCreate(id, InstantSource.system().millis() + 3_600_000, Value.EMPTY, Map.of());
    }
}
