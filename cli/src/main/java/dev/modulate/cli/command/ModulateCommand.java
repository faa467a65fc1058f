package dev.modulate.cli.command;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command with all its subcommands. */
@Command(
        name = "modulate",
        mixinStandardHelpOptions = true,
        version = "modulate 0.1.0",
        description = "Deploys functions and calls them; every call is durable.",
        footer = {
            "",
            "Services: up, resonate, registry, router, api, cpu-executor, gpu-executor (see docs/operations.md).",
            "Exit codes: 0 success, 1 the function failed or the request was refused, 2 usage, 3 no platform answers."
        },
        subcommands = {
            DeployCommand.class,
            InvokeCommand.class,
            SubmitCommand.class,
            GetCommand.class,
            CancelCommand.class,
            LogsCommand.class,
            FunctionsCommand.class,
            VersionsCommand.class,
            AliasCommand.class,
            InvocationsCommand.class,
            NodesCommand.class,
            DrainCommand.class,
            UndrainCommand.class,
            ExplainCommand.class,
        })
public final class ModulateCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    /** Runs one command and returns its exit code. */
    public static int run(String[] arguments) {
        var line = new CommandLine(new ModulateCommand());
        line.setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        line.setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, command));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line.execute(arguments);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int explain(Exception failure, CommandLine command) throws Exception {
        if (failure instanceof UsageException) {
            command.getErr().println("modulate: " + failure.getMessage());
            return ExitCode.USAGE;
        }
        if (!(failure instanceof StatusRuntimeException refused)) {
            throw failure;
        }
        var status = refused.getStatus();
        command.getErr().println("modulate: " + status.getCode() + ": " + status.getDescription());
        return exitCode(status);
    }

    private static int exitCode(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCode.UNAVAILABLE;
            case INVALID_ARGUMENT -> ExitCode.USAGE;
            default -> ExitCode.FAILED;
        };
    }
}
