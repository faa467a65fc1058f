package dev.modulate.resonate.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.Stores;
import dev.modulate.resonate.store.postgres.Postgres;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseOutageTest {
    private static final Duration OUTAGE_MAX = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void callersAreTurnedAwayWhileTheDatabaseIsDownAndServedWhenItIsBack() throws Exception {
        var postgres = Postgres.start(folder);
        String location = postgres.location("postgres");
        try (var store = Stores.open(location, null);
                var lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system())) {
            lane.start();
            assertThat(create(lane, "before").get(OUTAGE_MAX.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(Reply.Ok.class);

            postgres.kill();
            assertThatThrownBy(() -> create(lane, "during").get(OUTAGE_MAX.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ResonateUnavailableException.class);
            assertThat(lane.serving()).isFalse();
            assertThat(store.available()).isFalse();

            postgres = postgres.restart();
            await().atMost(OUTAGE_MAX).until(lane::serving);
            assertThat(create(lane, "after").get(OUTAGE_MAX.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(Reply.Ok.class);
            assertThat(store.findAll(java.util.List.of("before", "after"))).containsOnlyKeys("before", "after");
        } finally {
            postgres.close();
        }
    }

    private static CompletableFuture<Reply<Answer.OfPromise>> create(PromiseLane lane, String id) {
        long timeoutAt = InstantSource.system().millis() + 3_600_000;
        return lane.submit(new Request.PromiseCreate(id, timeoutAt, Value.EMPTY, Map.of()));
    }
}
