package dev.modulate.cli.command;

import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.WaitInvocationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate get}: shows one invocation. */
@Command(name = "get", mixinStandardHelpOptions = true, description = "Shows an invocation, or waits for its result.")
final class GetCommand implements Callable<Integer> {
    /** One wait of the server; the command asks again until there is an end. */
    private static final int WAIT_SECONDS = 60;

    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Parameters(index = "0", paramLabel = "ID", description = "Invocation")
    private String id = "";

    @Option(names = "--wait", description = "Wait for the end and print the result as invoke does")
    private boolean wait;

    @Override
    public Integer call() {
        if (wait) {
            var ended = await();
            if (listing.json()) {
                Listing.printJson(ended);
                return ended.getState() == Invocation.State.STATE_SUCCEEDED ? ExitCode.OK : ExitCode.FAILED;
            }
            return Results.print(ended);
        }
        var invocation = platform.invocations()
                .getInvocation(GetInvocationRequest.newBuilder()
                        .setName(Names.invocation(id))
                        .build())
                .getInvocation();
        if (listing.json()) {
            Listing.printJson(invocation);
        } else {
            Listing.printTable(Invocations.HEADS, java.util.List.of(Invocations.row(invocation)));
        }
        return ExitCode.OK;
    }

    private Invocation await() {
        while (true) {
            var invocation = platform.invocations()
                    .waitInvocation(WaitInvocationRequest.newBuilder()
                            .setName(Names.invocation(id))
                            .setTimeout(
                                    com.google.protobuf.Duration.newBuilder().setSeconds(WAIT_SECONDS))
                            .build())
                    .getInvocation();
            if (invocation.hasOutcome()) {
                return invocation;
            }
        }
    }
}
