package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class CronTest {
    /** A Wednesday. */
    private static final String NOW = "2026-07-01T10:15:30Z";

    @Test
    void aTickIsTheNextMomentThatFitsEveryField() {
        assertThat(lenient("* * * * *", NOW)).isEqualTo("2026-07-01T10:16:00Z");
        assertThat(lenient("*/20 * * * *", NOW)).isEqualTo("2026-07-01T10:20:00Z");
        assertThat(lenient("0 2 * * *", NOW)).isEqualTo("2026-07-02T02:00:00Z");
        assertThat(lenient("5/30 9-11 * * *", NOW)).isEqualTo("2026-07-01T10:35:00Z");
        assertThat(lenient("0 0 1 jan *", NOW)).isEqualTo("2027-01-01T00:00:00Z");
        assertThat(lenient("0 0 29 2 *", NOW)).isEqualTo("2028-02-29T00:00:00Z");
        assertThat(lenient("0 0 ? * MON-FRI", NOW)).isEqualTo("2026-07-02T00:00:00Z");
    }

    @Test
    void aTickIsStrictlyLater() {
        assertThat(lenient("16 10 * * *", "2026-07-01T10:16:00Z")).isEqualTo("2026-07-02T10:16:00Z");
        assertThat(lenient("16 10 * * *", "2026-07-01T10:15:59.999Z")).isEqualTo("2026-07-01T10:16:00Z");
    }

    @Test
    void secondsComeFirstAndYearsLastWhereTheyAreAllowed() {
        assertThat(lenient("*/10 * * * * *", NOW)).isEqualTo("2026-07-01T10:15:40Z");
        assertThat(lenient("0 0 0 1 1 * 2030", NOW)).isEqualTo("2030-01-01T00:00:00Z");
        assertThat(Cron.parse("0 0 0 1 1 * 2020", Dialect.LENIENT)
                        .after(Instant.parse(NOW).toEpochMilli()))
                .isEqualTo(Long.MAX_VALUE);
        assertThatThrownBy(() -> Cron.parse("0 0 0 1 1 *", Dialect.STRICT)).hasMessage("6 fields (expected: 5)");
    }

    @Test
    void dialectsNumberTheDaysOfTheWeekDifferently() {
        assertThat(lenient("0 0 * * 2", NOW)).isEqualTo("2026-07-06T00:00:00Z");
        assertThat(strict("0 0 * * 1", NOW)).isEqualTo("2026-07-06T00:00:00Z");
        assertThat(strict("0 0 * * 0", NOW)).isEqualTo(strict("0 0 * * 7", NOW)).isEqualTo("2026-07-05T00:00:00Z");
        assertThatThrownBy(() -> Cron.parse("0 0 * * 0", Dialect.LENIENT)).hasMessage("\"0\" is not 1 to 7");
    }

    @Test
    void bothDayFieldsMustFitOrOneOfThem() {
        assertThat(lenient("0 0 13 * FRI", NOW)).isEqualTo("2026-11-13T00:00:00Z");
        assertThat(strict("0 0 13 * FRI", NOW)).isEqualTo("2026-07-03T00:00:00Z");
    }

    @Test
    void whatIsNoExpressionIsRefusedInWords() {
        assertThatThrownBy(() -> Cron.parse("* * *", Dialect.LENIENT)).hasMessage("3 fields (expected: 5 to 7)");
        assertThatThrownBy(() -> Cron.parse("60 * * * *", Dialect.LENIENT)).hasMessage("\"60\" is not 0 to 59");
        assertThatThrownBy(() -> Cron.parse("*/0 * * * *", Dialect.LENIENT)).hasMessage("\"*/0\" is no range");
        assertThatThrownBy(() -> Cron.parse("5-1 * * * *", Dialect.LENIENT)).hasMessage("\"5-1\" is no range");
        assertThatThrownBy(() -> Cron.parse("1, * * * *", Dialect.LENIENT)).hasMessage("\"\" is no number");
        assertThatThrownBy(() -> Cron.parse("x * * * *", Dialect.LENIENT)).hasMessage("\"x\" is no number");
    }

    @Test
    void whatNeverFitsNeverTicks() {
        assertThat(Cron.parse("0 0 30 2 *", Dialect.LENIENT).after(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(Cron.parse("* * * * *", Dialect.LENIENT).after(Long.MAX_VALUE))
                .isEqualTo(Long.MAX_VALUE);
    }

    private static String lenient(String cron, String from) {
        return tick(Cron.parse(cron, Dialect.LENIENT), from);
    }

    private static String strict(String cron, String from) {
        return tick(Cron.parse(cron, Dialect.STRICT), from);
    }

    private static String tick(Cron cron, String from) {
        return Instant.ofEpochMilli(cron.after(Instant.parse(from).toEpochMilli()))
                .toString();
    }
}
