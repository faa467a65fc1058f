package dev.modulate.cli.command;

import dev.modulate.router.v1.DrainNodeRequest;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate drain}: lets a node finish and gives it no more. */
@Command(name = "drain", mixinStandardHelpOptions = true, description = "Stops placing work on a node.")
final class DrainCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Parameters(index = "0", paramLabel = "NODE", description = "Node")
    private String node = "";

    @Option(names = "--deadline", paramLabel = "TIME", description = "What runs after this is moved")
    private @Nullable String deadline;

    @Override
    public Integer call() {
        var request = DrainNodeRequest.newBuilder().setName(Names.node(node));
        if (deadline != null) {
            request.setDeadline(Quantities.duration("--deadline", deadline));
        }
        var drained = platform.nodes().drainNode(request.build()).getNode();
        System.out.println(drained.getState().name().replace("STATE_", ""));
        return ExitCode.OK;
    }
}
