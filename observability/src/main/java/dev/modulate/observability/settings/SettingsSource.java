package dev.modulate.observability.settings;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where values come from: a properties file, below the environment, below flags. The key {@code router.stale-after} is
 * the variable {@code MODULATE_ROUTER_STALE_AFTER}. A value {@code file:PATH} or {@code env:NAME} stands for the
 * contents of that file (without the last line break) or variable, so that a secret need not be written down.
 */
public final class SettingsSource {
    static final String VARIABLE_PREFIX = "MODULATE_";

    private static final Set<String> HELP_FLAGS = Set.of("--help", "-h");
    private static final String NOT_ASKED = "";

    private final Map<String, String> defaults;
    private final Map<String, String> file;
    private final Map<String, String> environment;
    private final Map<String, String> flags;
    private final String help;

    /** @param help what to say of the flags instead of starting; empty when nobody asked */
    private SettingsSource(
            Map<String, String> defaults,
            Map<String, String> file,
            Map<String, String> environment,
            Map<String, String> flags,
            String help) {
        this.defaults = Map.copyOf(defaults);
        this.file = Map.copyOf(file);
        this.environment = Map.copyOf(environment);
        this.flags = Map.copyOf(flags);
        this.help = help;
    }

    /** Values that are already in hand; for tests and for processes that start others. */
    public static SettingsSource of(Map<String, String> flags) {
        return new SettingsSource(Map.of(), Map.of(), Map.of(), flags, NOT_ASKED);
    }

    /**
     * Reads the arguments of a process: {@code --settings FILE} once, {@code --set KEY=VALUE} any number of times, or
     * {@code --help}.
     *
     * @throws SettingsException when an argument or the file cannot be used
     */
    public static SettingsSource of(String[] arguments, Map<String, String> environment) {
        if (asksForHelp(arguments)) {
            return helping(Map.of());
        }
        var mistakes = new ArrayList<String>();
        var flags = new HashMap<String, String>();
        Map<String, String> file = Map.of();
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--settings" -> file = readFile(Path.of(value), mistakes);
                case "--set" -> addFlag(value, flags, mistakes);
                default ->
                    mistakes.add("argument: \"" + arguments[i] + "\" (expected: --settings FILE or --set KEY=VALUE)");
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return new SettingsSource(Map.of(), file, environment, flags, NOT_ASKED);
    }

    /**
     * The same for a command with flags of its own.
     *
     * @param flags settings by the flag that stands for each, such as {@code --port}
     * @param switches those among them that take no value and mean {@code true}
     */
    public static SettingsSource of(
            String[] arguments, Map<String, String> environment, Map<String, String> flags, Set<String> switches) {
        if (asksForHelp(arguments)) {
            return helping(flags);
        }
        var own = new HashMap<String, String>();
        var rest = new ArrayList<String>();
        var mistakes = new ArrayList<String>();
        for (int i = 0; i < arguments.length; i++) {
            String flag = arguments[i];
            String key = flags.get(flag);
            if (key != null && switches.contains(flag)) {
                own.put(key, "true");
            } else if (i + 1 == arguments.length) {
                mistakes.add(flag + ": " + (key == null ? "unknown, or " : "") + "a value is missing"
                        + (key == null ? " (known: " + known(flags) + ")" : ""));
            } else if (key != null) {
                own.put(key, arguments[++i]);
            } else if (flag.equals("--settings") || flag.equals("--set")) {
                rest.addAll(List.of(flag, arguments[++i]));
            } else {
                mistakes.add("argument: \"" + flag + "\" (expected: " + known(flags) + ")");
            }
        }
        if (!mistakes.isEmpty()) {
            throw new SettingsException(mistakes);
        }
        return of(rest.toArray(String[]::new), environment).with(own);
    }

    private static boolean asksForHelp(String[] arguments) {
        return Stream.of(arguments).anyMatch(HELP_FLAGS::contains);
    }

    /** Of no values at all: whoever asks what there is has set nothing yet. */
    private static SettingsSource helping(Map<String, String> flags) {
        String own = flags.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(flag -> "  %-22s sets %s%n".formatted(flag.getKey(), flag.getValue()))
                .collect(Collectors.joining());
        String general = "  %-22s sets one of the settings below%n".formatted("--set KEY=VALUE")
                + "  %-22s a properties file of them".formatted("--settings FILE");
        return new SettingsSource(Map.of(), Map.of(), Map.of(), Map.of(), own + general);
    }

    private static String known(Map<String, String> flags) {
        return flags.keySet().stream().sorted().collect(Collectors.joining(", "))
                + ", --set KEY=VALUE, --settings FILE";
    }

    /** The same with more flags, which win. */
    public SettingsSource with(Map<String, String> moreFlags) {
        var all = new HashMap<>(flags);
        all.putAll(moreFlags);
        return new SettingsSource(defaults, file, environment, all, help);
    }

    /** The same with values for keys that nobody wrote. */
    public SettingsSource withDefaults(Map<String, String> defaults) {
        return new SettingsSource(defaults, file, environment, flags, help);
    }

    private static void addFlag(String assignment, Map<String, String> flags, List<String> mistakes) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            mistakes.add("--set: \"" + assignment + "\" (expected: KEY=VALUE)");
        } else {
            flags.put(assignment.substring(0, equals), assignment.substring(equals + 1));
        }
    }

    private static Map<String, String> readFile(Path path, List<String> mistakes) {
        var properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            mistakes.add("--settings: \"" + path + "\" cannot be read: " + e);
        }
        var values = new HashMap<String, String>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return values;
    }

    /** What to say of the flags instead of starting; empty when nobody asked. */
    String help() {
        return help;
    }

    @Nullable
    String find(String key) {
        String flag = flags.get(key);
        if (flag != null) {
            return flag;
        }
        String variable = environment.get(variable(key));
        String written = variable != null ? variable : file.get(key);
        return written != null ? written : defaults.get(key);
    }

    @Nullable
    String variableNamed(String name) {
        return environment.get(name);
    }

    /** Keys that were written down by name: in the file or as a flag. */
    List<String> writtenKeys() {
        var keys = new ArrayList<>(file.keySet());
        keys.addAll(flags.keySet());
        return keys.stream().sorted().distinct().toList();
    }

    List<String> writtenVariables() {
        return environment.keySet().stream()
                .filter(name -> name.startsWith(VARIABLE_PREFIX))
                .sorted()
                .toList();
    }

    static String variable(String key) {
        return VARIABLE_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
