package dev.modulate.cli.command;

import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code modulate logs}: prints what a call printed. */
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Prints what an invocation wrote to stdout and stderr, and follows it while it runs.")
final class LogsCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Parameters(index = "0", paramLabel = "ID", description = "Invocation")
    private String id = "";

    @Override
    public Integer call() {
        var events = platform.invocations()
                .watchInvocation(WatchInvocationRequest.newBuilder()
                        .setName(Names.invocation(id))
                        .build());
        while (events.hasNext()) {
            var event = events.next();
            if (event.hasOutput() && event.getOutput().getStream() != OutputChunk.Stream.STREAM_RESULT) {
                Results.write(System.out, event.getOutput().getData(), false);
            }
        }
        return ExitCode.OK;
    }
}
