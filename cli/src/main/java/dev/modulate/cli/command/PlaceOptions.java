package dev.modulate.cli.command;

import dev.modulate.registry.v1.Placement;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where something may run: options of the commands that bring code and of those that call it. */
final class PlaceOptions {
    @Option(names = "--machine", paramLabel = "cpu|gpu", description = "Pool to run in")
    private String machine = "";

    @Option(names = "--node-label", paramLabel = "K=V", description = "Label a node must carry")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--rule",
            paramLabel = "CEL",
            description = "Nodes it may run on, such as 'node.name == \"box-1\" || input.size_bytes < 1024'")
    private String rule = "";

    @Option(names = "--prefer", paramLabel = "CEL", description = "Nodes it should run on, as with --rule")
    private String prefer = "";

    Placement placement() {
        return Placement.newBuilder()
                .setPool(machine)
                .putAllRequiredNodeLabels(labels)
                .setRule(rule)
                .setPreferredRule(prefer)
                .build();
    }
}
