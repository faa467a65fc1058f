package dev.modulate.resonate.store;

import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is missing is refused, and no log that may be missing is missed. */
class RocksLogsTest {
    private static final int PARAM_BYTES = 1 << 20;
    private static final int PROMISES = 30;

    @TempDir
    private Path folder;

    private Path image;
    private Path copy;
    private List<Path> logs;

    /** A store with three logs or more, as a killed process leaves it. */
    @BeforeEach
    void make() throws IOException {
        image = folder.resolve("image");
        copy = folder.resolve("copy");
        var store = folder.resolve("store");
        var random = new Random(7);
        try (var rocks = RocksStore.open(store)) {
            rocks.recover(entry -> {});
            for (int i = 0; i < PROMISES; i++) {
                byte[] param = new byte[PARAM_BYTES];
                random.nextBytes(param);
                rocks.commit(
                        List.of(created(pending("p" + i, Base64.getEncoder().encodeToString(param)))));
                // Named before it was answered.
                assertThat(newest(store)).isEqualTo(RocksImage.lastLog(store).getFileName() + "\n");
            }
            RocksImage.copy(store, image);
        }
        logs = new RocksFolder(image).logs();
        assertThat(logs).hasSizeGreaterThanOrEqualTo(3);
    }

    @Test
    void theImageItselfOpensAndHasEverything() throws IOException {
        RocksImage.copy(image, copy);
        everythingIsThere();
        everythingIsThere();
    }

    @Test
    void aLogThatIsMissingIsRefusedWhicheverItIs() throws IOException {
        for (var log : logs) {
            RocksImage.copy(image, copy);
            Files.delete(copy.resolve(log.getFileName()));
            refused(log.getFileName().toString());
        }
        RocksImage.copy(image, copy);
        for (var log : logs) {
            Files.delete(copy.resolve(log.getFileName()));
        }
        refused(".log");
    }

    @Test
    void theOnlyLogThatIsMissingIsRefused() throws IOException {
        RocksImage.copy(image, copy);
        everythingIsThere();
        var left = new RocksFolder(copy).logs();
        assertThat(left).hasSize(1);
        Files.delete(left.getFirst());
        refused(left.getFirst().getFileName().toString());
    }

    @Test
    void aLogThatIsShorterThanWhenTheNextOneBeganIsRefused() throws IOException {
        for (var log : logs.subList(0, logs.size() - 1)) {
            RocksImage.copy(image, copy);
            try (var file = Files.newByteChannel(copy.resolve(log.getFileName()), StandardOpenOption.WRITE)) {
                file.truncate(Files.size(log) - 1);
            }
            refused(log.getFileName().toString());
        }
    }

    @Test
    void aFolderOfWhichOnlyTheNameOfALogIsLeftIsNotBegunAnew() throws IOException {
        Files.createDirectories(copy);
        Files.copy(image.resolve(NewestLog.FILE), copy.resolve(NewestLog.FILE));
        refused("CURRENT");
    }

    @Test
    void aNameThatIsNoneIsRefused() throws IOException {
        for (String name : List.of("", "00", "000012.lo", "000012.log", "nonsense\n")) {
            RocksImage.copy(image, copy);
            Files.writeString(copy.resolve(NewestLog.FILE), name);
            refused(NewestLog.FILE);
        }
    }

    /** As a process leaves it that dies after the engine has begun a log and before the file says so. */
    @Test
    void aYoungerLogThanTheFileNamesIsInOrder() throws IOException {
        RocksImage.copy(image, copy);
        Files.writeString(copy.resolve(NewestLog.FILE), logs.getFirst().getFileName() + "\n");
        Files.writeString(copy.resolve(NewestLog.FILE + ".new"), "0000");
        everythingIsThere();

        // Opening has replaced all logs by one; the file is as it was before that.
        Files.writeString(copy.resolve(NewestLog.FILE), logs.getFirst().getFileName() + "\n");
        everythingIsThere();
    }

    @Test
    void aStoreOfAnEarlierVersionOpensAndHasTheFileFromThenOn() throws IOException {
        RocksImage.copy(image, copy);
        Files.delete(copy.resolve(NewestLog.FILE));
        everythingIsThere();
        assertThat(newest(copy)).isEqualTo(RocksImage.lastLog(copy).getFileName() + "\n");
    }

    @Test
    void theRepairSaysWhichLogIsMissingAndSavesTheRest() throws IOException {
        for (var log : List.of(logs.getFirst(), logs.getLast())) {
            RocksImage.copy(image, copy);
            Files.delete(copy.resolve(log.getFileName()));
            var said = new ByteArrayOutputStream();

            assertThat(RocksRepair.run(copy, new PrintStream(said, true, StandardCharsets.UTF_8)))
                    .isEqualTo(RocksRepair.LOST);

            assertThat(said.toString(StandardCharsets.UTF_8)).contains("lost: file " + copy.resolve(log.getFileName()));
            try (var store = RocksStore.open(copy)) {
                assertThat(ids(store)).hasSizeBetween(1, PROMISES);
            }
        }
    }

    private void everythingIsThere() {
        try (var store = RocksStore.open(copy)) {
            assertThat(ids(store)).hasSize(PROMISES);
        }
    }

    private static List<String> ids(PromiseStore store) {
        var ids = new ArrayList<String>();
        store.recover(entry -> ids.add(entry.id()));
        return ids;
    }

    private void refused(String file) {
        assertThatThrownBy(() -> RocksStore.open(copy).close())
                .isInstanceOf(DamagedStoreException.class)
                .hasMessageContaining(file)
                .hasMessageContaining("modulate resonate --repair " + copy);
    }

    private static String newest(Path folder) throws IOException {
        return Files.readString(folder.resolve(NewestLog.FILE));
    }
}
