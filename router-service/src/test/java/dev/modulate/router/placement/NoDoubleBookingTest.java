package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;

/** Whatever comes and goes, no slot, core, byte or device is given twice, and explanations agree with decisions. */
class NoDoubleBookingTest {
    private static final int STEPS = 1_500;

    private record Placed(NodeView node, Holding holding, boolean whole) {}

    @RepeatedTest(5)
    void neverGivesTheSameTwice() {
        long seed = new Random().nextLong();
        System.out.println("NoDoubleBookingTest seed " + seed);
        var random = new Random(seed);
        var nodes = List.of(
                Nodes.cpu("c1", 3),
                Nodes.cpu("c2", 5),
                Nodes.gpu("g1", 2, 6),
                Nodes.gpu("g2", 4, 5),
                Nodes.gpu("g3", 8, 20));
        var fleet = Nodes.fleet(nodes.toArray(NodeView[]::new));
        var placed = new ArrayList<Placed>();
        long sequence = 0;
        for (int step = 0; step < STEPS; step++) {
            if (!placed.isEmpty() && random.nextInt(100) < 45) {
                var gone = placed.remove(random.nextInt(placed.size()));
                gone.node().free(gone.holding(), random.nextBoolean());
            } else {
                var needs = needs(random);
                if (new WarmFirst().decide(fleet, needs, Set.of()) instanceof Decision.Place place) {
                    var holding = Holding.of(needs, place.devices());
                    place.node().place(holding, ++sequence);
                    var wanted = needs.accelerators();
                    placed.add(new Placed(place.node(), holding, wanted != null && wanted.whole()));
                }
            }
            if (random.nextInt(20) == 0) {
                report(nodes.get(random.nextInt(nodes.size())), random, sequence);
            }
            check(nodes, placed, seed, step);
            explainAgrees(nodes, needs(random), seed);
        }
    }

    private static void check(List<NodeView> nodes, List<Placed> placed, long seed, int step) {
        for (var node : nodes) {
            var here = placed.stream().filter(each -> each.node() == node).toList();
            assertThat(here)
                    .as("slots of %s, seed %d, step %d", node.id(), seed, step)
                    .hasSizeLessThanOrEqualTo(node.profile().slotCount())
                    .hasSize(node.placedCount());
            assertThat(here.stream()
                            .mapToLong(each -> each.holding().cpuMillis())
                            .sum())
                    .as("cpu of %s, seed %d", node.id(), seed)
                    .isLessThanOrEqualTo(node.profile().cpuMillis());
            assertThat(here.stream()
                            .mapToLong(each -> each.holding().memoryBytes())
                            .sum())
                    .as("memory of %s, seed %d", node.id(), seed)
                    .isLessThanOrEqualTo(node.profile().memoryBytes());
            devices(node, here, seed);
        }
    }

    private static void devices(NodeView node, List<Placed> here, long seed) {
        Map<DeviceId, Long> bytes = new HashMap<>();
        Map<DeviceId, Integer> users = new HashMap<>();
        Map<DeviceId, Boolean> exclusive = new HashMap<>();
        for (var each : here) {
            assertThat(each.holding().devices().stream()
                            .map(DeviceReservation::device)
                            .distinct())
                    .hasSameSizeAs(each.holding().devices());
            for (var part : each.holding().devices()) {
                bytes.merge(part.device(), part.memoryBytes(), Long::sum);
                users.merge(part.device(), 1, Integer::sum);
                exclusive.merge(part.device(), each.whole(), Boolean::logicalOr);
            }
        }
        for (var device : node.devices()) {
            var id = device.profile().id();
            assertThat(bytes.getOrDefault(id, 0L))
                    .as("memory of %s, seed %d", id, seed)
                    .isLessThanOrEqualTo(device.profile().memoryBytes())
                    .isEqualTo(device.memoryPlacedBytes());
            if (exclusive.getOrDefault(id, false)) {
                assertThat(users.get(id))
                        .as("users of whole %s, seed %d", id, seed)
                        .isEqualTo(1);
            }
        }
    }

    private static void explainAgrees(List<NodeView> nodes, Needs needs, long seed) {
        for (var node : nodes) {
            assertThat(Obstacle.of(node, needs).isEmpty())
                    .as("explanation of %s on %s, seed %d", needs, node.id(), seed)
                    .isEqualTo(node.fit(needs) != null);
            assertThat(Obstacle.of(node, needs).stream().noneMatch(Obstacle::permanent))
                    .as("permanence of %s on %s, seed %d", needs, node.id(), seed)
                    .isEqualTo(node.couldEverFit(needs));
        }
    }

    private static void report(NodeView node, Random random, long sequence) {
        var devices = node.devices().stream()
                .map(device -> new NodeLoad.DeviceLoad(
                        device.profile().id(), random.nextLong(80 * GIB), random.nextInt(10) > 0, "xid"))
                .toList();
        var residency = new Residency(
                function(random), Residency.Tier.DEVICE, random.nextInt(3), random.nextInt(3, 5), Set.of());
        node.report(new NodeLoad(Math.max(0, sequence - random.nextInt(5)), devices, List.of(residency), false));
    }

    private static Needs needs(Random random) {
        Needs.@Nullable Accelerators accelerators = null;
        boolean gpu = random.nextInt(3) > 0;
        if (gpu) {
            long memory = random.nextInt(4) == 0 ? 0 : random.nextLong(1, 90) * GIB;
            accelerators =
                    new Needs.Accelerators(random.nextBoolean() ? "" : "nvidia-h100", random.nextInt(1, 4), memory);
        }
        return new Needs(
                function(random),
                gpu ? "gpu" : "cpu",
                Map.of(),
                random.nextInt(4) * 1_000,
                random.nextLong(4) * 4 * GIB,
                accelerators);
    }

    private static FunctionKey function(Random random) {
        return new FunctionKey("default/functions/f" + random.nextInt(4) + "/versions/1");
    }
}
