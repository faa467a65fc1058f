package dev.modulate.cli.command;

/** What a command ends with. */
final class ExitCode {
    static final int OK = 0;
    /** The function failed, or what was asked for is refused. */
    static final int FAILED = 1;

    static final int USAGE = 2;
    static final int UNAVAILABLE = 3;

    private ExitCode() {}
}
