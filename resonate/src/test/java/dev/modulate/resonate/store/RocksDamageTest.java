package dev.modulate.resonate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not on disk as it was written is refused, and never dropped in silence. */
class RocksDamageTest {
    /** Places tried in each file; all that matters in the named command. */
    private static final int FLIPS = Integer.getInteger("durability.flips", 40);

    private static final int CUTS = Integer.getInteger("durability.cuts", 64);
    private static final int CUT_BYTES = 4 << 10;

    private final long seed = Long.getLong("durability.seed", 20_261_126L);
    private final Random random = new Random(seed);

    @TempDir
    private Path folder;

    private RocksImage image;
    private Path copy;

    @BeforeEach
    void make() throws IOException {
        System.out.println("seed " + seed);
        image = RocksImage.make(folder, 120, random);
        copy = folder.resolve("copy");
    }

    @Test
    void theImageItselfOpensAndHasEverything() throws IOException {
        assertThat(open()).isEqualTo(expected());
    }

    @Test
    void oneFlippedByteAnywhereInTheLogIsRefused() throws IOException {
        var log = RocksImage.lastLog(image.folder());
        for (long at : places(Files.size(log))) {
            refused(log, at, flip(at));
        }
    }

    @Test
    void aDamagedLengthAtTheEndIsNoTornEnd() throws IOException {
        var log = RocksImage.lastLog(image.folder());
        int commits = image.synced().size();
        for (int last = 1; last <= 3; last++) {
            long start = image.synced().get(commits - last - 1).logBytes();
            // The engine alone opens these, without the records from here on.
            for (int bit : new int[] {0x04, 0x20, 0x80}) {
                refused(log, start + 5, bit);
            }
        }
    }

    @Test
    void oneFlippedByteInATableIsRefusedAndNamed() throws IOException {
        flushed();
        for (var table : new RocksFolder(image.folder()).tables()) {
            for (long at : places(Files.size(table))) {
                refusedOrWhole(table, at);
            }
            refused(table, Files.size(table) / 2, 0xff);
        }
    }

    /** Tables beyond the newest are verified as they are read: such a read fails, and never says that there is nothing. */
    @Test
    void oneFlippedByteInATableThatWasNotVerifiedIsRefusedWhenItIsRead() throws IOException {
        flushed();
        int refusedReads = 0;
        for (var table : new RocksFolder(image.folder()).tables()) {
            for (long at : places(Files.size(table))) {
                refusedReads += readsAreWholeOrRefused(table, at);
            }
        }
        assertThat(refusedReads).isPositive();
    }

    /** How many reads were refused. */
    private int readsAreWholeOrRefused(Path file, long at) throws IOException {
        damage(file, at, flip(at));
        int refusedReads = 0;
        try (var store = RocksStore.open(copy, 0)) {
            for (var entry : image.entries().entrySet()) {
                try {
                    var found = store.find(entry.getKey());
                    assertThat(found == null ? "nothing" : RocksImage.essence(found))
                            .as("%s of %s byte %d, seed %d", entry.getKey(), file.getFileName(), at, seed)
                            .isEqualTo(RocksImage.essence(entry.getValue()));
                } catch (DamagedStoreException e) {
                    named(e, file);
                    refusedReads++;
                }
            }
        } catch (DamagedStoreException e) {
            // The engine reads the end of each table when it opens.
            named(e, file);
        }
        return refusedReads;
    }

    @Test
    void oneFlippedByteInTheManifestIsRefused() throws IOException {
        flushed();
        try (var files = Files.list(image.folder())) {
            for (var file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith("MANIFEST-") || name.equals("CURRENT")) {
                    for (long at : places(Files.size(file))) {
                        refused(file, at, flip(at));
                    }
                }
            }
        }
    }

    @Test
    void aFolderWithoutItsManifestIsNotBegunAnew() throws IOException {
        RocksImage.copy(image.folder(), copy);
        Files.delete(copy.resolve("CURRENT"));
        assertThatThrownBy(() -> RocksStore.open(copy))
                .isInstanceOf(DamagedStoreException.class)
                .hasMessageContaining("CURRENT is missing");
    }

    @Test
    void aLogCutAnywhereOpensWithAllThatWasSyncedBeforeAndNothingByHalves() throws IOException {
        var log = RocksImage.lastLog(image.folder());
        long size = Files.size(log);
        var lengths = new TreeSet<Long>();
        lengths.add(size);
        for (int i = 0; i < CUTS - 1; i++) {
            lengths.add(CUTS >= CUT_BYTES ? size - i - 1 : size - 1 - random.nextInt(CUT_BYTES));
        }
        for (long length : lengths) {
            RocksImage.copy(image.folder(), copy);
            try (var file =
                    Files.newByteChannel(copy.resolve(log.getFileName()), java.nio.file.StandardOpenOption.WRITE)) {
                file.truncate(length);
            }
            assertThat(open(copy))
                    .as("log cut at %d of %d, seed %d", length, size, seed)
                    .isEqualTo(RocksImage.essences(image.entries(length)));
        }
        assertThat(image.synced().getFirst().logBytes()).isLessThan(size - CUT_BYTES);
    }

    private void flushed() throws IOException {
        // Opening writes what the log held to tables.
        RocksImage.copy(image.folder(), copy);
        try (var store = RocksStore.open(copy)) {
            assertThat(store.available()).isTrue();
            RocksImage.copy(copy, image.folder());
        }
        assertThat(new RocksFolder(image.folder()).tables()).hasSizeGreaterThanOrEqualTo(3);
    }

    private Set<Long> places(long size) {
        var places = new TreeSet<Long>();
        for (int i = 0; i < Math.min(FLIPS, size); i++) {
            places.add(FLIPS >= size ? i : random.nextLong(size));
        }
        places.add(0L);
        places.add(size - 1);
        return places;
    }

    private int flip(long at) {
        return 1 << (int) (at % 8);
    }

    private void refusedOrWhole(Path file, long at) throws IOException {
        damage(file, at, flip(at));
        try (var store = RocksStore.open(copy)) {
            assertThat(RocksImage.read(store))
                    .as("%s byte %d, seed %d", file.getFileName(), at, seed)
                    .isEqualTo(expected());
        } catch (DamagedStoreException e) {
            named(e, file);
        }
    }

    private void refused(Path file, long at, int bits) throws IOException {
        damage(file, at, bits);
        assertThatThrownBy(() -> RocksStore.open(copy).close())
                .as("%s byte %d bits %x, seed %d", file.getFileName(), at, bits, seed)
                .isInstanceOfSatisfying(DamagedStoreException.class, e -> named(e, file));
    }

    private void named(DamagedStoreException e, Path file) {
        assertThat(e)
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageContaining("modulate resonate --repair " + copy);
    }

    private void damage(Path file, long at, int bits) throws IOException {
        RocksImage.copy(image.folder(), copy);
        var damaged = copy.resolve(file.getFileName());
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[(int) at] ^= (byte) bits;
        Files.write(damaged, bytes);
    }

    private Map<String, String> expected() {
        return RocksImage.essences(image.entries());
    }

    private Map<String, String> open() throws IOException {
        RocksImage.copy(image.folder(), copy);
        return open(copy);
    }

    private static Map<String, String> open(Path folder) {
        try (var store = RocksStore.open(folder)) {
            return RocksImage.read(store);
        }
    }
}
