package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class LineTableTest {
    private final LineTable table = new LineTable();

    @Test
    void aLineThatLoadsForTenSecondsIsBehindWhatCameNineSecondsAfterIt() {
        int row = table.add(LinesByAgeTest.aLine());
        assertThat(table.isBehind(row, 19, 10, 0)).as("nothing is known of it").isFalse();
        table.handicap(row, 10, 100);
        assertThat(table.isBehind(row, 19, 10, 99)).isTrue();
        assertThat(table.isBehind(row, 20, 10, 99)).isTrue();
        assertThat(table.isBehind(row, 21, 10, 99)).as("it has waited longer").isFalse();
        assertThat(table.isBehind(row, 19, Double.NEGATIVE_INFINITY, 99))
                .as("nothing is warm")
                .isFalse();
        assertThat(table.isBehind(row, 19, 10, 100)).as("it was long ago").isFalse();
    }

    @Test
    void whatCannotBeWorthItIsBehindEverythingUntilOneMoreCallWaits() {
        int row = table.add(LinesByAgeTest.aLine());
        table.handicap(row, Double.POSITIVE_INFINITY, 100);
        assertThat(table.isBehind(row, 1e6, Double.NEGATIVE_INFINITY, 99)).isTrue();
        assertThat(table.isRuledOut(row, 99)).isTrue();
        assertThat(table.isRuledOut(row, 100)).as("it was long ago").isFalse();
        table.wanted(row);
        assertThat(table.isBehind(row, 1e6, Double.NEGATIVE_INFINITY, 99)).isFalse();
        assertThat(table.isRuledOut(row, 99)).isFalse();
        table.handicap(row, 10, 100);
        table.wanted(row);
        assertThat(table.isBehind(row, 19, 10, 99))
                .as("a load costs what it did")
                .isTrue();
        assertThat(table.isRuledOut(row, 99)).as("it may be worth it").isFalse();
    }

    @Test
    void aRowThatIsGivenBackIsUsedAgainWithNoHandicap() {
        var rows = new HashSet<Integer>();
        for (int i = 0; i < 1_000; i++) {
            var line = LinesByAgeTest.aLine();
            int row = table.add(line);
            assertThat(rows.add(row)).as("row %d is free", row).isTrue();
            assertThat(table.line(row)).isSameAs(line);
            table.handicap(row, Double.POSITIVE_INFINITY, 100);
        }
        rows.forEach(table::remove);
        for (int i = 0; i < 1_000; i++) {
            int row = table.add(LinesByAgeTest.aLine());
            assertThat(rows.remove(row)).as("row %d was given back", row).isTrue();
            assertThat(table.isBehind(row, 1, 1, 99)).isFalse();
        }
    }
}
