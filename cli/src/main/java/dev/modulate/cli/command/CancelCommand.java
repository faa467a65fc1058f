package dev.modulate.cli.command;

import dev.modulate.invocation.v1.CancelInvocationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate cancel}: ends an invocation. */
@Command(name = "cancel", mixinStandardHelpOptions = true, description = "Cancels an invocation and stops its run.")
final class CancelCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Parameters(index = "0", paramLabel = "ID", description = "Invocation")
    private String id = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Kept with the invocation")
    private String reason = "";

    @Override
    public Integer call() {
        var invocation = platform.invocations()
                .cancelInvocation(CancelInvocationRequest.newBuilder()
                        .setName(Names.invocation(id))
                        .setReason(reason)
                        .build())
                .getInvocation();
        System.out.println(Results.state(invocation));
        return ExitCode.OK;
    }
}
