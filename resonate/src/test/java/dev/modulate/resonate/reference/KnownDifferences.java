package dev.modulate.resonate.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** The table of differences that are meant, each with its reason. */
final class KnownDifferences {
    static final Path TABLE = Path.of("src/test/resources/reference/known-differences.tsv");

    private static final int COLUMNS = 5;

    private KnownDifferences() {}

    /** Every row of the table was met, and everything that was met has a row. */
    static void check(Collection<Known> met) {
        var rows = rows();
        assertThat(rows)
                .as("rows of " + TABLE)
                .allSatisfy(row -> assertThat(row).hasSize(COLUMNS).doesNotContain(""));
        assertThat(rows.stream().map(row -> row.getFirst()))
                .as("a row in " + TABLE + " for each known difference")
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Known.values()).map(Known::name).toList());
        assertThat(rows.stream().map(row -> row.getFirst()).filter(name -> !met.contains(Known.valueOf(name))))
                .as("stale rows of " + TABLE + ": no such difference was observed")
                .isEmpty();
    }

    private static List<List<String>> rows() {
        try (var lines = Files.lines(TABLE)) {
            return lines.skip(1).map(line -> List.of(line.split("\t", -1))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
