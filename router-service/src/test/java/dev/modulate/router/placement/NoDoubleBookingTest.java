package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.GIB;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Whatever comes, goes, crashes and restates, no slot, core, byte, thousandth or slice is given twice, nobody meets whom
 * its isolation excludes, and explanations agree with decisions.
 */
class NoDoubleBookingTest {
    private static final int STEPS = 1_500;
    private static final List<Isolation> ISOLATIONS = List.of(Isolation.values());

    private record Placed(NodeId node, Needs needs, Holding holding, boolean load) {}

    private final long seed;
    private final Random random;
    private final PackingPolicy packing = new PackingPolicy();
    private final List<Placed> placed = new ArrayList<>();
    private final FleetView fleet = Nodes.fleet(
            Nodes.cpu("c1", 3),
            Nodes.cpu("c2", 5),
            Nodes.gpu("g1", 2, 6),
            Nodes.gpu("g2", 4, 5),
            Nodes.gpu("g3", 8, 20),
            Nodes.sliced("g4", 8, "1g.10gb", "1g.10gb", "2g.20gb"));
    private long sequence;

    NoDoubleBookingTest(RepetitionInfo repetition) {
        seed = Long.getLong("packing.seed", 20_261_126L) + repetition.getCurrentRepetition();
        random = new Random(seed);
    }

    @RepeatedTest(5)
    void neverGivesTheSameTwice() {
        System.out.println("NoDoubleBookingTest seed " + seed);
        int admitted = 0;
        for (int step = 0; step < STEPS; step++) {
            int kind = random.nextInt(100);
            if (!placed.isEmpty() && kind < 42) {
                finish(placed.get(random.nextInt(placed.size())));
            } else if (kind < 52) {
                load(any(), needs());
            } else if (kind < 97) {
                admitted += come(needs()) ? 1 : 0;
            } else {
                crash(any());
            }
            if (random.nextInt(20) == 0) {
                report(any());
            }
            check(step);
            explainAgrees(needs());
        }
        assertThat(admitted).as("seed %d", seed).isGreaterThan(STEPS / 10);
    }

    private boolean come(Needs needs) {
        packing.arrived(needs);
        var place = random.nextBoolean() ? packing.place(fleet, needs, Set.of()) : anywhere(needs);
        if (place == null) {
            return false;
        }
        var holding = Holding.of(needs, place.devices());
        place.node().place(holding, ++sequence);
        placed.add(new Placed(place.node().id(), needs, holding, false));
        return true;
    }

    /** On any node that says it fits. */
    private Packing.@Nullable Place anywhere(Needs needs) {
        var nodes = new ArrayList<>(fleet.nodes());
        Collections.shuffle(nodes, random);
        for (var node : nodes) {
            var devices = node.fit(needs);
            if (devices != null) {
                return new Packing.Place(node, devices);
            }
        }
        return null;
    }

    /** An instance that no call waits for: it takes no slot, but its device memory is nobody else's. */
    private void load(NodeView node, Needs needs) {
        var devices = node.fitBeside(needs);
        if (devices != null) {
            var holding = new Holding(needs.function(), 0, needs.memoryBytes(), devices);
            node.loadBegun(holding);
            placed.add(new Placed(node.id(), needs, holding, true));
        }
    }

    private void finish(Placed gone) {
        placed.remove(gone);
        var node = fleet.find(gone.node()).orElseThrow();
        if (gone.load()) {
            node.loadEnded(gone.holding(), random.nextBoolean());
        } else {
            node.free(gone.holding(), random.nextBoolean());
        }
    }

    /** The node comes back as a new process, or to a new router, and restates what has survived. */
    private void crash(NodeView node) {
        var again = new NodeView(node.profile());
        fleet.add(again);
        for (var each : List.copyOf(placed)) {
            if (each.node().equals(node.id())) {
                if (random.nextInt(3) == 0) {
                    placed.remove(each);
                } else if (each.load()) {
                    again.loadBegun(each.holding());
                } else {
                    again.place(each.holding(), 0);
                }
            }
        }
    }

    private NodeView any() {
        return List.copyOf(fleet.nodes()).get(random.nextInt(fleet.nodes().size()));
    }

    private void check(int step) {
        for (var node : fleet.nodes()) {
            var here = placed.stream()
                    .filter(each -> each.node().equals(node.id()))
                    .toList();
            assertThat(here.stream().filter(each -> !each.load()))
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
            here.forEach(each -> asWanted(node, each));
            node.devices().forEach(device -> device(device, here));
        }
    }

    private void asWanted(NodeView node, Placed each) {
        var asked = each.needs().accelerators();
        var ids = each.holding().devices().stream()
                .map(DeviceReservation::device)
                .distinct()
                .toList();
        assertThat(ids).as("%s, seed %d", each, seed).hasSize(asked == null ? 0 : asked.count());
        var profiles = node.profile().devices().stream()
                .filter(device -> ids.contains(device.id()))
                .toList();
        if (asked != null) {
            assertThat(profiles)
                    .as("%s, seed %d", each, seed)
                    .allSatisfy(device -> assertThat(device.migProfile()).isEqualTo(asked.migProfile()));
        }
        if (asked != null && asked.link() == Link.REQUIRED && asked.count() > 1) {
            assertThat(profiles.stream().map(DeviceProfile::linkGroup).distinct())
                    .as("link group of %s, seed %d", each, seed)
                    .hasSize(1)
                    .doesNotContain("");
        }
    }

    private void device(DeviceView device, List<Placed> here) {
        var id = device.profile().id();
        var users = here.stream().filter(each -> uses(each, id)).toList();
        long bytes = 0;
        int millis = 0;
        for (var user : users) {
            for (var part : user.holding().devices()) {
                bytes += part.device().equals(id) ? part.memoryBytes() : 0;
                millis += part.device().equals(id) ? part.shareMillis() : 0;
            }
        }
        long spare = users.size() > 1 ? device.profile().spareBytes() : 0;
        assertThat(bytes).as("memory of %s, seed %d", id, seed).isEqualTo(device.memoryPlacedBytes());
        assertThat(bytes + spare)
                .as("memory and spare of %s, seed %d", id, seed)
                .isLessThanOrEqualTo(device.profile().memoryBytes());
        assertThat(millis)
                .as("compute of %s, seed %d", id, seed)
                .isEqualTo(device.sharePlacedMillis())
                .isLessThanOrEqualTo(1_000);
        boolean exclusive = users.stream().anyMatch(user -> whole(user.needs()))
                || !device.profile().migProfile().isEmpty();
        assertThat(users).as("users of %s, seed %d", id, seed).hasSizeLessThanOrEqualTo(exclusive ? 1 : users.size());
        for (var one : users) {
            users.forEach(other -> assertThat(mix(one.needs(), other.needs()))
                    .as("%s beside %s on %s, seed %d", one, other, id, seed)
                    .isTrue());
        }
    }

    private static boolean uses(Placed each, DeviceId id) {
        return each.holding().devices().stream().anyMatch(part -> part.device().equals(id));
    }

    private static boolean whole(Needs needs) {
        return needs.accelerators() != null && needs.accelerators().whole();
    }

    /** The rule again, in other words than the code's. */
    private static boolean mix(Needs one, Needs other) {
        if (one.function().equals(other.function()) || one.accelerators() == null || other.accelerators() == null) {
            return true;
        }
        var classes =
                EnumSet.of(one.accelerators().isolation(), other.accelerators().isolation());
        boolean sameTenant = tenant(one).equals(tenant(other));
        return !classes.contains(Isolation.FUNCTION) && (sameTenant || classes.equals(EnumSet.of(Isolation.NONE)));
    }

    private static String tenant(Needs needs) {
        String key = needs.function().value();
        return key.substring(0, key.indexOf('/'));
    }

    private void explainAgrees(Needs needs) {
        for (var node : fleet.nodes()) {
            assertThat(Obstacle.of(node, needs).isEmpty())
                    .as("explanation of %s on %s, seed %d", needs, node.id(), seed)
                    .isEqualTo(node.fit(needs) != null);
            assertThat(Obstacle.of(node, needs).stream().noneMatch(Obstacle::permanent))
                    .as("permanence of %s on %s, seed %d", needs, node.id(), seed)
                    .isEqualTo(node.couldEverFit(needs));
        }
    }

    private void report(NodeView node) {
        var devices = node.devices().stream()
                .map(device -> new NodeLoad.DeviceLoad(
                        device.profile().id(),
                        random.nextLong(80 * GIB),
                        random.nextInt(3) > 0 ? 0 : random.nextLong(80 * GIB),
                        random.nextInt(10) > 0,
                        "xid"))
                .toList();
        var residency =
                new Residency(function(), Residency.Tier.DEVICE, random.nextInt(3), random.nextInt(3, 5), Set.of());
        node.report(new NodeLoad(Math.max(0, sequence - random.nextInt(5)), devices, List.of(residency), false));
    }

    private Needs needs() {
        boolean gpu = random.nextInt(4) > 0;
        return new Needs(
                function(),
                gpu ? "gpu" : "cpu",
                Map.of(),
                random.nextInt(4) * 1_000,
                random.nextLong(4) * 4 * GIB,
                gpu ? accelerators() : null);
    }

    private Needs.@Nullable Accelerators accelerators() {
        var isolation = ISOLATIONS.get(random.nextInt(ISOLATIONS.size()));
        var link = random.nextBoolean() ? Link.REQUIRED : Link.PREFERRED;
        int kind = random.nextInt(10);
        if (kind < 2) {
            return new Needs.Accelerators("", 1, 0, 0, kind == 0 ? "1g.10gb" : "2g.20gb", link, isolation);
        }
        boolean whole = kind < 4;
        return new Needs.Accelerators(
                random.nextBoolean() ? "" : "nvidia-h100|nvidia-a100",
                random.nextInt(1, 4),
                whole ? 0 : random.nextLong(1, 60) * GIB,
                whole || kind < 6 ? 0 : random.nextInt(1, 1_000),
                "",
                link,
                isolation);
    }

    private FunctionKey function() {
        String tenant = random.nextInt(3) > 0 ? "default" : "other";
        return new FunctionKey(tenant + "/functions/f" + random.nextInt(4) + "/versions/1");
    }
}
