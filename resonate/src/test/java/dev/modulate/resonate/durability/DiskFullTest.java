package dev.modulate.resonate.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file system that has no room left, on a real one of a few megabytes. */
class DiskFullTest {
    private static final int PARAM_BYTES = 48 << 10;

    @TempDir
    Path folder;

    private final Random random = new Random(3);
    private SmallDisk disk;
    private final List<String> answered = new ArrayList<>();
    private PromiseStore store;
    private PromiseLane lane;

    @BeforeEach
    void mount() throws IOException {
        disk = SmallDisk.mount(folder);
        open();
    }

    @AfterEach
    void unmount() throws IOException {
        if (lane != null) {
            close();
            disk.close();
        }
    }

    @Test
    void whatDoesNotFitIsNeverSaidToBeStoredAndServiceResumesWhenThereIsRoom() throws IOException {
        fill(0);
        int before = answered.size();
        assertThat(before).isPositive();
        assertThat(create("refused").isPresent()).as("an answer on a full disk").isFalse();

        disk.makeRoom();
        await().until(lane::serving);
        assertThat(create("fits-again")).contains("fits-again");
        allThere();

        fill(1);
        assertThat(answered.size()).isGreaterThan(before + 1);
    }

    /** Creates until one is refused. */
    private void fill(int round) {
        for (int i = 0; create("p" + round + "-" + i).isPresent(); i++) {
            assertThat(i)
                    .as("promises of %d bytes on %d MiB", PARAM_BYTES, SmallDisk.DISK_MIB)
                    .isLessThan(2_000);
        }
    }

    private java.util.Optional<String> create(String id) {
        long timeoutAt = InstantSource.system().millis() + 3_600_000;
        var request = new Request.PromiseCreate(id, timeoutAt, new Value(Map.of(), param()), Map.of());
        try {
            assertThat(lane.submit(request).join()).isInstanceOf(Reply.Ok.class);
            answered.add(id);
            return java.util.Optional.of(id);
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(ResonateUnavailableException.class);
            return java.util.Optional.empty();
        }
    }

    /** Of a kind that does not get smaller on disk. */
    private String param() {
        byte[] bytes = new byte[PARAM_BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private void allThere() {
        assertThat(store.findAll(answered)).containsOnlyKeys(answered);
        for (String id : answered) {
            assertThat(lane.submit(new Request.PromiseGet(id)).join()).isInstanceOf(Reply.Ok.class);
        }
    }

    private void open() {
        store = RocksStore.open(disk.folder().resolve("store"));
        lane = new PromiseLane(new Machine(Rules.DEFAULT), store, delivery -> {}, InstantSource.system());
        lane.start();
    }

    private void close() {
        lane.close();
        store.close();
    }
}
