package dev.modulate.cli;

import dev.modulate.cli.command.ModulateCommand;

/** The client commands of {@code modulate}. The script of that name starts services by their own mains. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(ModulateCommand.run(arguments));
    }
}
