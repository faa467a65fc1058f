package dev.modulate.observability.settings;

import java.io.PrintStream;
import java.util.List;

/** Settings cannot be used, or help was asked for instead. Carries every mistake, not only the first. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int ANSWERED = 0;
    private static final int WRONG_USAGE = 2;

    private final List<String> mistakes;

    public SettingsException(List<String> mistakes) {
        super(String.join("\n", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    private SettingsException(String help) {
        super(help);
        this.mistakes = List.of();
    }

    static SettingsException help(String text) {
        return new SettingsException(text);
    }

    /** Empty when help was asked for: then the message is the help. */
    public List<String> mistakes() {
        return mistakes;
    }

    /**
     * Says it to whoever started the process.
     *
     * @param command for instance {@code modulate router}
     * @param out where help goes
     * @param err where mistakes go
     * @return the exit status
     */
    public int tell(String command, PrintStream out, PrintStream err) {
        if (mistakes.isEmpty()) {
            out.println("Usage: " + command + " [FLAG]...");
            out.println(getMessage());
            return ANSWERED;
        }
        err.println(command + ": " + getMessage());
        return WRONG_USAGE;
    }
}
