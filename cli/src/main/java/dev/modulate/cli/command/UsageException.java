package dev.modulate.cli.command;

/** The command cannot be carried out as it was written. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
