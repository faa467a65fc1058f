package dev.modulate.resonate.machine;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression in UTC: minute, hour, day of month, month, day of week; in the lenient dialect also with seconds
 * before them and a year after them.
 *
 * <p>Lenient as in the released servers: days of the week are 1 (Sunday) to 7, and a day must fit both day fields.
 * Strict as in POSIX: 0 or 7 (Sunday) to 6, and with both day fields set a day must fit one of them.
 */
final class Cron {
    static final int YEAR_MAX = 2199;

    private static final long MILLIS_MAX = LocalDate.of(YEAR_MAX, 12, 31)
            .atStartOfDay()
            .toInstant(ZoneOffset.UTC)
            .toEpochMilli();

    private final CronField second;
    private final CronField minute;
    private final CronField hour;
    private final CronField dayOfMonth;
    private final CronField month;
    private final CronField dayOfWeek;
    private final CronField year;
    private final Dialect dialect;

    private Cron(String[] fields, Dialect dialect) {
        int first = fields.length == 5 ? 0 : 1;
        this.second = CronField.parse(first == 0 ? "0" : fields[0], CronField.Kind.SECOND);
        this.minute = CronField.parse(fields[first], CronField.Kind.MINUTE);
        this.hour = CronField.parse(fields[first + 1], CronField.Kind.HOUR);
        this.dayOfMonth = CronField.parse(fields[first + 2], CronField.Kind.DAY_OF_MONTH);
        this.month = CronField.parse(fields[first + 3], CronField.Kind.MONTH);
        this.dayOfWeek = CronField.parse(
                fields[first + 4],
                dialect == Dialect.STRICT ? CronField.Kind.DAY_OF_WEEK_FROM_ZERO : CronField.Kind.DAY_OF_WEEK_FROM_ONE);
        this.year = CronField.parse(fields.length == 7 ? fields[6] : "*", CronField.Kind.YEAR);
        this.dialect = dialect;
    }

    /** @throws IllegalArgumentException with words for the caller */
    static Cron parse(String text, Dialect dialect) {
        String[] fields = text.strip().split("\\s+");
        int most = dialect == Dialect.STRICT ? 5 : 7;
        if (fields.length < 5 || fields.length > most) {
            throw new IllegalArgumentException(fields.length + " fields (expected: 5" + (most > 5 ? " to 7)" : ")"));
        }
        return new Cron(fields, dialect);
    }

    /** The first tick after a time; {@link Long#MAX_VALUE} when there is none until the end of {@link #YEAR_MAX}. */
    long after(long millis) {
        if (millis >= MILLIS_MAX) {
            return Long.MAX_VALUE;
        }
        var from = LocalDateTime.ofInstant(Instant.ofEpochMilli(Math.max(millis, -1)), ZoneOffset.UTC)
                .withNano(0)
                .plusSeconds(1);
        var day = from.toLocalDate();
        var time = from.toLocalTime();
        while (day.getYear() <= YEAR_MAX) {
            var tick = fits(day) ? on(time) : null;
            if (tick != null) {
                return day.atTime(tick).toInstant(ZoneOffset.UTC).toEpochMilli();
            }
            day = nextDay(day);
            time = LocalTime.MIDNIGHT;
        }
        return Long.MAX_VALUE;
    }

    private boolean fits(LocalDate day) {
        if (!year.has(day.getYear()) || !month.has(day.getMonthValue())) {
            return false;
        }
        boolean date = dayOfMonth.has(day.getDayOfMonth());
        boolean weekday = weekday(day);
        boolean either = dialect == Dialect.STRICT && !dayOfMonth.any() && !dayOfWeek.any();
        return either ? date || weekday : date && weekday;
    }

    private boolean weekday(LocalDate day) {
        int fromMonday = day.getDayOfWeek().getValue();
        return dialect == Dialect.STRICT
                ? dayOfWeek.has(fromMonday) || (fromMonday == 7 && dayOfWeek.has(0))
                : dayOfWeek.has(fromMonday % 7 + 1);
    }

    /** The next day that is worth a look. */
    private LocalDate nextDay(LocalDate day) {
        if (!year.has(day.getYear())) {
            int next = year.from(day.getYear());
            return LocalDate.of(next < 0 ? YEAR_MAX + 1 : next, 1, 1);
        }
        return month.has(day.getMonthValue())
                ? day.plusDays(1)
                : day.withDayOfMonth(1).plusMonths(1);
    }

    /** The first allowed time of day that is not before. */
    private @Nullable LocalTime on(LocalTime time) {
        int h = hour.from(time.getHour());
        if (h < 0) {
            return null;
        }
        if (h > time.getHour()) {
            return LocalTime.of(h, minute.from(0), second.from(0));
        }
        int m = minute.from(time.getMinute());
        if (m > time.getMinute()) {
            return LocalTime.of(h, m, second.from(0));
        }
        int s = m < 0 ? -1 : second.from(time.getSecond());
        if (s >= 0) {
            return LocalTime.of(h, m, s);
        }
        int laterMinute = minute.from(time.getMinute() + 1);
        if (laterMinute >= 0) {
            return LocalTime.of(h, laterMinute, second.from(0));
        }
        int laterHour = hour.from(h + 1);
        return laterHour < 0 ? null : LocalTime.of(laterHour, minute.from(0), second.from(0));
    }
}
