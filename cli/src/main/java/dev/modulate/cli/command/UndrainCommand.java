package dev.modulate.cli.command;

import dev.modulate.router.v1.UndrainNodeRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code modulate undrain}: places work on a node again. */
@Command(name = "undrain", mixinStandardHelpOptions = true, description = "Places work on a drained node again.")
final class UndrainCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Parameters(index = "0", paramLabel = "NODE", description = "Node")
    private String node = "";

    @Override
    public Integer call() {
        var undrained = platform.nodes()
                .undrainNode(UndrainNodeRequest.newBuilder()
                        .setName(Names.node(node))
                        .build())
                .getNode();
        System.out.println(undrained.getState().name().replace("STATE_", ""));
        return ExitCode.OK;
    }
}
