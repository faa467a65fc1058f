package dev.modulate.resonate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksRepairTest {
    private static final int BATCHES = 150;

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private Path damaged;
    private Map<String, String> all;
    private RocksImage image;

    @BeforeEach
    void make() throws IOException {
        image = RocksImage.make(folder, BATCHES, new Random(7));
        damaged = folder.resolve("data");
        RocksImage.copy(image.folder(), damaged);
        all = RocksImage.essences(image.entries());
    }

    @Test
    void aDamagedLogLosesWhatItsRecordHeldAndTheOutputNamesIt() throws IOException {
        var log = RocksImage.lastLog(damaged);
        // Record 100 creates p00099-* and settles p00098-*.
        flip(log, image.synced().get(98).logBytes() + 40);
        assertThatThrownBy(() -> RocksStore.open(damaged)).isInstanceOf(DamagedStoreException.class);

        assertThat(repair()).isEqualTo(RocksRepair.LOST);

        assertThat(said())
                .contains(
                        "lost: file " + log + ", byte " + image.synced().get(98).logBytes() + ": checksum mismatch")
                .contains("lost: promise p00099-0: what it was created with could not be read, so it is gone")
                .contains("saved: 447 promises (6 pending), 0 schedules")
                .contains("is kept in " + damaged + ".damaged");
        var saved = saved();
        assertThat(saved).hasSize(all.size() - 3);
        all.forEach((id, essence) -> {
            if (id.startsWith("p00099")) {
                assertThat(saved).doesNotContainKey(id);
            } else if (id.startsWith("p00098")) {
                assertThat(saved.get(id)).startsWith("PENDING");
            } else {
                assertThat(saved).containsEntry(id, essence);
            }
        });
        assertThat(folder.resolve("data.damaged")).isDirectory();
    }

    @Test
    void aDamagedTableLosesOneBlockOfIt() throws IOException {
        RocksStore.open(damaged).close();
        var origins = largest(new RocksFolder(damaged).tables());
        flip(origins, Files.size(origins) / 2);

        assertThat(repair()).isEqualTo(RocksRepair.LOST);

        assertThat(said()).contains("lost: file " + origins).contains("could not be read, so it is gone");
        var saved = saved();
        assertThat(saved).hasSizeBetween(all.size() / 2, all.size() - 1);
        assertThat(all).containsAllEntriesOf(saved);
        // Everything that is not there was named.
        all.keySet().stream()
                .filter(id -> !saved.containsKey(id))
                .forEach(id -> assertThat(said()).contains("lost: promise " + id + ":"));
    }

    @Test
    void aDamagedManifestLosesNothing() throws IOException {
        RocksStore.open(damaged).close();
        try (var files = Files.list(damaged)) {
            for (var file : files.toList()) {
                if (file.getFileName().toString().startsWith("MANIFEST-")) {
                    flip(file, 30);
                }
            }
        }
        assertThatThrownBy(() -> RocksStore.open(damaged)).isInstanceOf(DamagedStoreException.class);
        assertThat(repair()).as(said()).isEqualTo(RocksRepair.WHOLE);
        assertThat(saved()).isEqualTo(all);
    }

    @Test
    void aStoreInUseIsLeftAlone() throws IOException {
        try (var store = RocksStore.open(damaged)) {
            var process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            RocksRepairTest.class.getName(),
                            damaged.toString())
                    .redirectErrorStream(true)
                    .start();
            said.write(process.getInputStream().readAllBytes());
            assertThat(said()).contains("refused: a server uses " + damaged + "; stop it first");
            assertThat(store.available()).isTrue();
        }
        assertThat(saved()).isEqualTo(all);
    }

    /** Repairs as a process of its own. */
    public static void main(String[] arguments) {
        System.exit(RocksRepair.run(Path.of(arguments[0]), System.out));
    }

    private static Path largest(List<Path> files) throws IOException {
        var largest = files.getFirst();
        for (var file : files) {
            largest = Files.size(file) > Files.size(largest) ? file : largest;
        }
        return largest;
    }

    private int repair() {
        return RocksRepair.run(damaged, new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private Map<String, String> saved() {
        try (var store = RocksStore.open(damaged)) {
            return RocksImage.read(store);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }
}
