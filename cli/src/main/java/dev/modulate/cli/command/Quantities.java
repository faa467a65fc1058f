package dev.modulate.cli.command;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.modulate.observability.settings.SettingsReader;
import org.jspecify.annotations.Nullable;

/** Times and sizes as people write them: {@code 30s}, {@code 6GiB}. */
final class Quantities {
    private Quantities() {}

    static Duration duration(String option, String text) {
        var parsed = SettingsReader.parseDuration(text);
        if (parsed == null) {
            throw new UsageException(option + ": \"" + text + "\" (expected: a time with unit ms, s, m, h or d)");
        }
        return Durations.fromMillis(parsed.toMillis());
    }

    static long bytes(String option, String text) {
        Long parsed = SettingsReader.parseBytes(text);
        if (parsed == null) {
            throw new UsageException(
                    option + ": \"" + text + "\" (expected: a size with unit B, KiB, MiB, GiB or TiB)");
        }
        return parsed;
    }

    /** A part of a whole, such as {@code 0.25}, in thousandths. */
    static int thousandths(String option, String text) {
        double part;
        try {
            part = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            part = 0;
        }
        long thousandths = Math.round(part * 1_000);
        if (thousandths < 1 || thousandths > 999) {
            throw new UsageException(option + ": \"" + text
                    + "\" (expected: a part from 0.001 to 0.999; leave it out for whole devices)");
        }
        return (int) thousandths;
    }

    /** A size in the largest unit that keeps it short, such as {@code 6.0GiB}. */
    static String show(long bytes) {
        if (bytes < 1024) {
            return bytes + "B";
        }
        double value = bytes;
        String unit = "B";
        for (String larger : new String[] {"KiB", "MiB", "GiB", "TiB"}) {
            if (value < 1024) {
                break;
            }
            value /= 1024;
            unit = larger;
        }
        return "%.1f%s".formatted(value, unit);
    }

    static String show(@Nullable Timestamp time) {
        return time == null || time.getSeconds() == 0
                ? "-"
                : Timestamps.toString(
                        Timestamp.newBuilder().setSeconds(time.getSeconds()).build());
    }
}
