package dev.modulate.observability.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads settings by key, type and default, and remembers mistakes until {@link #finish}. What it was asked for is the
 * documentation: {@link #settings}. A key is {@code section.name}, the section being a service. For one thread.
 */
public final class SettingsReader {
    /** Sections that exist. A process ignores keys of services it does not run, so that one file can serve a box. */
    private static final Set<String> SECTIONS =
            Set.of("resonate", "registry", "router", "executor", "cpu-executor", "gpu-executor", "api", "up");

    /**
     * The one section that two sides share: of the promise server's keys and those of its clients each ignores what is
     * the other's.
     */
    private static final Set<String> OF_BOTH_SIDES = Set.of(
            "resonate.url",
            "resonate.token",
            "resonate.host",
            "resonate.port",
            "resonate.store",
            "resonate.store-password",
            "resonate.dialect",
            "resonate.debug",
            "resonate.retention",
            "resonate.task-retry",
            "resonate.lease-max",
            "resonate.preload",
            "resonate.poll-connections",
            "resonate.poll-keep-alive",
            "resonate.push",
            "resonate.push-token",
            "resonate.auth-key",
            "resonate.auth-issuer",
            "resonate.auth-audience");

    /** Variables that are not settings: the home of the command and what it passes to itself. */
    private static final Set<String> OTHER_VARIABLES = Set.of(
            "MODULATE_HOME", "MODULATE_ENDPOINT", "MODULATE_JAVA_HOME", "MODULATE_JAVA_OPTIONS", "MODULATE_LOG_LEVEL");

    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB|TiB)");

    private final SettingsSource source;
    private final Map<String, Setting> settings = new LinkedHashMap<>();
    private final List<String> mistakes = new ArrayList<>();

    public SettingsReader(SettingsSource source) {
        this.source = source;
    }

    public String text(String key, String defaultValue, String meaning) {
        return read(key, "text", defaultValue, meaning, value -> value);
    }

    /** Text with a rule, which the mistake quotes. */
    public String text(String key, String defaultValue, Pattern rule, String meaning) {
        return read(
                key,
                "text",
                defaultValue,
                meaning,
                value -> rule.matcher(value).matches() ? value : null,
                rule.pattern());
    }

    public int integer(String key, int defaultValue, int min, int max, String meaning) {
        return (int) number(key, defaultValue, min, max, meaning);
    }

    public long number(String key, long defaultValue, long min, long max, String meaning) {
        return read(
                key,
                "number",
                Long.toString(defaultValue),
                meaning,
                value -> {
                    try {
                        long number = Long.parseLong(value);
                        return number >= min && number <= max ? number : null;
                    } catch (NumberFormatException e) {
                        return null;
                    }
                },
                "a whole number from " + min + " to " + max);
    }

    /** A port of this machine. Zero takes a free one. */
    public int port(String key, int defaultValue, String meaning) {
        return integer(key, defaultValue, 0, 65_535, meaning);
    }

    public boolean flag(String key, boolean defaultValue, String meaning) {
        return read(
                key,
                "flag",
                Boolean.toString(defaultValue),
                meaning,
                value -> value.equals("true") ? Boolean.TRUE : value.equals("false") ? Boolean.FALSE : null,
                "true or false");
    }

    /** A time with its unit: ms, s, m, h or d. */
    public Duration duration(String key, Duration defaultValue, Duration min, Duration max, String meaning) {
        return read(
                key,
                "duration",
                print(defaultValue),
                meaning,
                value -> {
                    var duration = parseDuration(value);
                    return duration != null && duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0
                            ? duration
                            : null;
                },
                "a time with unit ms, s, m, h or d, from " + print(min) + " to " + print(max));
    }

    /** A size with its unit: B, KiB, MiB, GiB or TiB. */
    public long bytes(String key, String defaultValue, String meaning) {
        return read(
                key,
                "size",
                defaultValue,
                meaning,
                SettingsReader::parseBytes,
                "a size with unit B, KiB, MiB, GiB or TiB");
    }

    public Path path(String key, String defaultValue, String meaning) {
        return read(key, "path", defaultValue, meaning, value -> value.isBlank() ? null : Path.of(value), "a path");
    }

    /** Values divided by commas. */
    public List<String> list(String key, List<String> defaultValue, String meaning) {
        return read(key, "list", String.join(",", defaultValue), meaning, SettingsReader::split);
    }

    /** Pairs {@code name=value} divided by commas. */
    public Map<String, String> map(String key, Map<String, String> defaultValue, String meaning) {
        String printed = defaultValue.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .sorted()
                .collect(Collectors.joining(","));
        return read(
                key,
                "map",
                printed,
                meaning,
                value -> {
                    var pairs = new LinkedHashMap<String, String>();
                    for (String pair : split(value)) {
                        int equals = pair.indexOf('=');
                        if (equals < 1) {
                            return null;
                        }
                        pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
                    }
                    return Map.copyOf(pairs);
                },
                "name=value, divided by commas");
    }

    public <E extends Enum<E>> E choice(String key, E defaultValue, String meaning) {
        E[] all = defaultValue.getDeclaringClass().getEnumConstants();
        String names = Stream.of(all).map(SettingsReader::print).collect(Collectors.joining(" or "));
        return read(
                key,
                "choice",
                print(defaultValue),
                meaning,
                value -> Stream.of(all)
                        .filter(choice -> print(choice).equals(value))
                        .findFirst()
                        .orElse(null),
                names);
    }

    /** Says that a combination of settings makes no sense. */
    public void mistake(String key, String rule) {
        mistakes.add(key + ": \"" + source.find(key) + "\" (expected: " + rule + ")");
    }

    /**
     * Call once, after everything was read.
     *
     * @throws SettingsException with every mistake, unknown keys among them; or with the help that was asked for
     */
    public void finish() {
        if (!source.help().isEmpty()) {
            throw SettingsException.help(source.help() + help());
        }
        var ownSections =
                settings.keySet().stream().map(SettingsReader::section).collect(Collectors.toSet());
        for (String key : source.writtenKeys()) {
            boolean foreign = OF_BOTH_SIDES.contains(key)
                    || (SECTIONS.contains(section(key)) && !ownSections.contains(section(key)));
            if (!settings.containsKey(key) && !foreign) {
                mistakes.add(key + ": unknown setting" + suggestion(key));
            }
        }
        var variables = settings.keySet().stream().map(SettingsSource::variable).collect(Collectors.toSet());
        for (String variable : source.writtenVariables()) {
            boolean foreign = SECTIONS.stream()
                            .filter(section -> !ownSections.contains(section))
                            .anyMatch(section -> variable.startsWith(SettingsSource.variable(section) + "_"))
                    || OF_BOTH_SIDES.stream().map(SettingsSource::variable).anyMatch(variable::equals);
            if (!variables.contains(variable) && !OTHER_VARIABLES.contains(variable) && !foreign) {
                mistakes.add(variable + ": unknown setting");
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
    }

    /** Every setting that was asked for, as lines for humans. */
    private String help() {
        var lines =
                new StringBuilder("\n\nSettings; in the environment, as in MODULATE_ROUTER_PORT for router.port:\n");
        for (var setting : settings.values()) {
            String byDefault = setting.defaultValue().isEmpty() ? "" : ", default " + setting.defaultValue();
            lines.append(
                    "  %s (%s%s)%n      %s%n".formatted(setting.key(), setting.type(), byDefault, setting.meaning()));
        }
        return lines.toString().stripTrailing();
    }

    /** Every setting that was asked for, in that order. */
    public List<Setting> settings() {
        return List.copyOf(settings.values());
    }

    /** The time written as {@code 250ms}, {@code 5s}, {@code 10m}, {@code 1h} or {@code 2d}, or null. */
    public static @Nullable Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    /** The size written as {@code 512B}, {@code 64KiB}, {@code 6GiB}, or null. */
    public static @Nullable Long parseBytes(String text) {
        Matcher matcher = BYTES.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int shift = switch (matcher.group(2)) {
            case "B" -> 0;
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 40;
        };
        long amount = Long.parseLong(matcher.group(1));
        return amount <= Long.MAX_VALUE >> shift ? amount << shift : null;
    }

    private <T> T read(
            String key, String type, String defaultValue, String meaning, Function<String, @Nullable T> parse) {
        return read(key, type, defaultValue, meaning, parse, type);
    }

    private <T> T read(
            String key,
            String type,
            String defaultValue,
            String meaning,
            Function<String, @Nullable T> parse,
            String rule) {
        settings.put(key, new Setting(key, type, defaultValue, meaning));
        T byDefault = parse.apply(defaultValue);
        if (byDefault == null) {
            throw new IllegalStateException(key + ": the default breaks the rule: " + defaultValue);
        }
        String written = source.find(key);
        String value = written == null ? null : resolve(key, written.strip());
        if (value == null) {
            return byDefault;
        }
        T parsed = parse.apply(value);
        if (parsed == null) {
            mistakes.add(key + ": \"" + written + "\" (expected: " + rule + ")");
            return byDefault;
        }
        return parsed;
    }

    private @Nullable String resolve(String key, String written) {
        if (written.startsWith("env:")) {
            String value = source.variableNamed(written.substring("env:".length()));
            if (value == null) {
                mistakes.add(key + ": \"" + written + "\" names a variable that is not set");
            }
            return value;
        }
        if (written.startsWith("file:")) {
            try {
                return Files.readString(Path.of(written.substring("file:".length())))
                        .stripTrailing();
            } catch (IOException e) {
                mistakes.add(key + ": \"" + written + "\" names a file that cannot be read: " + e);
                return null;
            }
        }
        return written;
    }

    private String suggestion(String key) {
        return settings.keySet().stream()
                .filter(known -> section(known).equals(section(key)))
                .collect(Collectors.collectingAndThen(
                        Collectors.joining(", "), known -> known.isEmpty() ? "" : " (known: " + known + ")"));
    }

    private static List<String> split(String value) {
        return Stream.of(value.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private static String section(String key) {
        int dot = key.indexOf('.');
        return dot < 0 ? key : key.substring(0, dot);
    }

    private static String print(Enum<?> choice) {
        return choice.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private static String print(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 86_400_000 == 0 && millis > 0) {
            return millis / 86_400_000 + "d";
        }
        if (millis % 3_600_000 == 0 && millis > 0) {
            return millis / 3_600_000 + "h";
        }
        if (millis % 60_000 == 0 && millis > 0) {
            return millis / 60_000 + "m";
        }
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
