package dev.modulate.resonate.store.postgres;

import static dev.modulate.resonate.store.Samples.changed;
import static dev.modulate.resonate.store.Samples.created;
import static dev.modulate.resonate.store.Samples.pending;
import static dev.modulate.resonate.store.Samples.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StoreException;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresScanTest {
    private static final int RECORDS = 200;
    private static final int LARGE_CHARS = 512 << 10;

    /** Far below what all records are, which one page could hold by its number of rows. */
    private static final long STEP_BYTES_MAX = 16L << 20;

    private final PostgresStore store;

    PostgresScanTest() throws SQLException {
        store = PostgresStore.open(Postgres.shared().database(), null);
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** Half of them small, and large ones with a large param, a large value, and both. */
    private List<Entry> records() {
        var entries = new ArrayList<Entry>();
        String large = "x".repeat(LARGE_CHARS);
        for (int i = 0; i < RECORDS; i++) {
            var entry = pending("p%04d".formatted(i), i % 4 > 1 ? large : "small");
            store.commit(List.of(created(entry)));
            if (i % 4 % 2 == 1) {
                entry = settled(entry, large, 2_000);
                store.commit(List.of(changed(entry)));
            }
            entries.add(entry);
        }
        return entries;
    }

    @Test
    void whatAScanHoldsIsBoundedInBytes() {
        var entries = records();
        for (boolean pendingOnly : new boolean[] {false, true}) {
            var expected = entries.stream()
                    .filter(entry -> !pendingOnly || entry.pending())
                    .toList();
            var read = new ArrayList<Entry>();
            try (var scan = store.scan(null, pendingOnly)) {
                for (var entry = measured(scan); entry != null; entry = measured(scan)) {
                    read.add(entry);
                }
            }
            assertThat(read.equals(expected)).as("all come back as they were").isTrue();
        }
    }

    private static @Nullable Entry measured(PromiseStore.Scan scan) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        var entry = scan.next();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("bytes for one step")
                .isLessThan(STEP_BYTES_MAX);
        return entry;
    }

    @Test
    void largeRecordsAreOfTheSameMomentAsTheOthers() {
        String large = "x".repeat(LARGE_CHARS);
        store.commit(List.of(created(pending("a")), created(pending("b", large)), created(pending("c", large))));
        try (var scan = store.scan(null, false)) {
            assertThat(scan.next()).isEqualTo(pending("a"));
            store.commit(List.of(changed(settled(pending("b", large), large, 2_000))));
            store.commit(List.of(changed(settled(pending("c", large), "v", 2_000))));
            store.remove(List.of(new PromiseStore.Tree("c", List.of("c"))));
            assertThat(scan.next()).isEqualTo(pending("b", large));
            assertThat(scan.next()).isEqualTo(pending("c", large));
            assertThat(scan.next()).isNull();
        }
    }

    /** One more than there may be fails by itself, and whoever reads, writes or asks how the store is does not notice. */
    @Test
    void scansThatLastLeaveTheRestAlone() {
        store.commit(List.of(created(pending("a"))));
        var scans = new ArrayList<PromiseStore.Scan>();
        try {
            for (int i = 0; i < Readers.SCANS_MAX; i++) {
                var scan = store.scan(null, false);
                scans.add(scan);
                assertThat(scan.next()).isEqualTo(pending("a"));
            }
            try (var tooMany = store.scan(null, false)) {
                assertThatThrownBy(tooMany::next)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("all 4 connections for scans are in use");
            }
            assertThat(store.available()).isTrue();
            assertThat(store.find("a")).isEqualTo(pending("a"));
            store.commit(List.of(created(pending("b"))));
            assertThat(store.findAll(List.of("a", "b"))).hasSize(2);
        } finally {
            scans.forEach(PromiseStore.Scan::close);
        }
        try (var scan = store.scan("a", false)) {
            assertThat(scan.next()).isEqualTo(pending("b"));
        }
    }
}
