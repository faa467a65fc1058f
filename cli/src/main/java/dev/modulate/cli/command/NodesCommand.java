package dev.modulate.cli.command;

import dev.modulate.executor.v1.Device;
import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.Node;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code modulate nodes}: lists executors and what they carry. */
@Command(name = "nodes", mixinStandardHelpOptions = true, description = "Lists nodes and their load.")
final class NodesCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Override
    public Integer call() {
        var nodes = new ArrayList<Node>();
        String page = "";
        do {
            var response = platform.nodes()
                    .listNodes(ListNodesRequest.newBuilder().setPageToken(page).build());
            nodes.addAll(response.getNodesList());
            page = response.getNextPageToken();
        } while (!page.isEmpty());
        if (listing.json()) {
            Listing.printJson(nodes);
        } else {
            Listing.printTable(
                    List.of("node", "pool", "state", "busy", "slots", "devices", "device memory", "health"),
                    nodes.stream().map(NodesCommand::row).toList());
        }
        return ExitCode.OK;
    }

    private static List<String> row(Node node) {
        var devices = node.getProfile().getDevicesList();
        long total = devices.stream().mapToLong(Device::getMemoryBytes).sum();
        long used = node.getLoad().getDevicesList().stream()
                .mapToLong(DeviceLoad::getMemoryUsedBytes)
                .sum();
        boolean simulated = devices.stream().anyMatch(Device::getSimulated);
        return List.of(
                Names.last(node.getName()),
                node.getProfile().getPool(),
                node.getState().name().replace("STATE_", ""),
                Integer.toString(node.getLoad().getRunningCount()),
                Integer.toString(node.getProfile().getSlotCount()),
                devices.isEmpty() ? "-" : devices.size() + (simulated ? " (simulated)" : ""),
                devices.isEmpty() ? "-" : Quantities.show(used) + " of " + Quantities.show(total),
                devices.isEmpty() ? "-" : health(node.getLoad().getDevicesList()));
    }

    /** What is not as it should be, device by device. */
    static String health(List<DeviceLoad> devices) {
        var words = devices.stream()
                .filter(device -> !ailments(device).isEmpty())
                .map(device -> device.getDeviceId() + ": " + String.join(", ", ailments(device)))
                .collect(Collectors.joining("; "));
        return words.isEmpty() ? "ok" : words;
    }

    private static List<String> ailments(DeviceLoad device) {
        var health = device.getHealth();
        var found = new ArrayList<String>();
        if (!device.getHealthy()) {
            found.add("out of service: " + device.getHealthReason());
        }
        if (health.getLastXid() != 0) {
            found.add("Xid " + health.getLastXid() + " at "
                    + Instant.ofEpochSecond(health.getLastXidTime().getSeconds()));
        }
        if (health.getEccUncorrectedCount() > 0) {
            found.add(health.getEccUncorrectedCount() + " uncorrected memory errors");
        }
        if (health.getRowRemapPending()) {
            found.add("rows wait to be remapped");
        }
        if (health.getRowRemapFailed()) {
            found.add("rows cannot be remapped");
        }
        if (!health.getRecoveryAction().isEmpty() && !health.getRecoveryAction().equals("none")) {
            found.add("needs " + health.getRecoveryAction());
        }
        if (health.getThrottleReasonsCount() > 0) {
            found.add("slowed by " + String.join(" and ", health.getThrottleReasonsList()));
        }
        return found;
    }
}
