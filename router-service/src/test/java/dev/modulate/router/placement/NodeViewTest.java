package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.F;
import static dev.modulate.router.placement.Nodes.G;
import static dev.modulate.router.placement.Nodes.GIB;
import static dev.modulate.router.placement.Nodes.cpu;
import static dev.modulate.router.placement.Nodes.gpu;
import static dev.modulate.router.placement.Nodes.gpus;
import static dev.modulate.router.placement.Nodes.plain;
import static dev.modulate.router.placement.Nodes.resident;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a node gives to an execution, and how warm it is for it. */
class NodeViewTest {
    @Test
    void countsAnIdleInstanceOnce() {
        var warm = cpu("n2", 4);
        warm.report(resident(F, 1, 0));
        warm.place(Holding.of(plain(F), List.of()), 1);

        assertThat(warm.idleCount(F)).isZero();
        assertThat(warm.warmth(F, devices(warm, plain(F)))).isEqualTo(Warmth.RESIDENT);
    }

    @Test
    void doesNotCountAnIdleInstanceAgainThatAnOlderReportShows() {
        var warm = cpu("n1", 4);
        warm.report(resident(F, 1, 0));
        warm.place(Holding.of(plain(F), List.of()), 1);

        warm.report(resident(F, 1, 0));
        assertThat(warm.idleCount(F)).isZero();
        warm.report(resident(F, 1, 1));
        assertThat(warm.idleCount(F)).isEqualTo(1);
    }

    @Test
    void knowsThatAFinishedInstanceIsIdle() {
        var node = cpu("n1", 4);
        var holding = Holding.of(plain(F), List.of());
        node.place(holding, 1);

        node.free(holding, true);

        assertThat(node.warmth(F, List.of())).isEqualTo(Warmth.IDLE);
    }

    @Test
    void takesTheDeviceOnWhichTheFunctionLives() {
        var node = gpu("g1", 4, 8);
        node.report(resident(F, 1, 0, new DeviceId("g1-gpu-2")));

        var devices = devices(node, gpus(F, 1, 10 * GIB));

        assertThat(devices).containsExactly(new DeviceReservation(new DeviceId("g1-gpu-2"), 10 * GIB));
        assertThat(node.warmth(F, devices)).isEqualTo(Warmth.IDLE);
    }

    @Test
    void isNotWarmWhenTheDeviceOfTheIdleInstanceHasNoRoom() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), 75 * GIB))), 1);
        node.report(resident(F, 1, 1, new DeviceId("g1-gpu-0")));

        assertThat(node.warmth(F, devices(node, gpus(F, 1, 10 * GIB)))).isEqualTo(Warmth.RESIDENT);
    }

    @Test
    void fillsADeviceThatIsSharedBeforeAnEmptyOne() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-1"), 20 * GIB))), 1);

        assertThat(devices(node, gpus(F, 1, 20 * GIB)))
                .extracting(DeviceReservation::device)
                .containsExactly(new DeviceId("g1-gpu-1"));
    }

    @Test
    void takesWholeDevicesThatNobodyElseUses() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), GIB))), 1);

        assertThat(devices(node, gpus(F, 1, 0)))
                .containsExactly(new DeviceReservation(
                        new DeviceId("g1-gpu-1"), 80 * GIB, DeviceReservation.WHOLE, Isolation.TENANT));
    }

    @Test
    void takesSeveralDevicesFromOneLinkGroup() {
        var node = gpu("g1", 4, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), 80 * GIB))), 1);

        assertThat(devices(node, gpus(F, 2, 0)))
                .extracting(DeviceReservation::device)
                .containsExactly(new DeviceId("g1-gpu-2"), new DeviceId("g1-gpu-3"));
    }

    @Test
    void takesTheLinkGroupOnWhichTheFunctionLives() {
        var node = gpu("g1", 4, 8);
        var there = List.of(new DeviceId("g1-gpu-2"), new DeviceId("g1-gpu-3"));
        node.report(resident(F, 1, 0, there.getFirst(), there.getLast()));

        var devices = devices(node, gpus(F, 2, 0));

        assertThat(devices).extracting(DeviceReservation::device).containsExactlyElementsOf(there);
        assertThat(node.warmth(F, devices)).isEqualTo(Warmth.IDLE);
    }

    @Test
    void takesDevicesOfDifferentGroupsWhenNoGroupIsLargeEnough() {
        var node = gpu("g1", 4, 8);

        assertThat(devices(node, gpus(F, 3, 0))).hasSize(3);
    }

    @Test
    void saysOnceOfWhichFunctionsReportsSaidSomething() {
        var node = cpu("n1", 4);
        assertThat(node.takeReported()).as("nothing is known of a new node").isNull();
        node.report(resident(F, 1, 0));
        assertThat(node.takeReported())
                .as("a report that is no delta says everything")
                .isNull();
        assertThat(node.takeReported()).isEmpty();

        node.place(Holding.of(plain(F), List.of()), 1);
        var whatChanged = List.of(new Residency(G, Residency.Tier.HOST, 1, 1, Set.of()));
        node.report(new NodeLoad(1, List.of(), whatChanged, false, true, List.of()));

        assertThat(node.takeReported())
                .as("the delta's, and what was placed since")
                .containsExactlyInAnyOrder(F, G);
        assertThat(node.takeReported()).isEmpty();
    }

    @Test
    void takesOnlyWhatItCouldRunWhenEmpty() {
        assertThat(gpu("g1", 2, 8).couldEverFit(gpus(F, 3, GIB))).isFalse();
        assertThat(gpu("g1", 2, 8).couldEverFit(gpus(F, 1, 81 * GIB))).isFalse();
        assertThat(gpu("g1", 2, 8).couldEverFit(gpus(F, 2, 80 * GIB))).isTrue();
        assertThat(cpu("n1", 1).couldEverFit(new Needs(F, "cpu", Map.of("zone", "b"), 0, 0, null)))
                .isFalse();
    }

    @Test
    void isBusyWhenItsDevicesAreThoughSlotsAreFree() {
        var node = gpu("g1", 2, 8);
        assertThat(node.busyShare()).isZero();
        node.place(Holding.of(gpus(F, 1, 0), devices(node, gpus(F, 1, 0))), 1);
        assertThat(node.busyShare()).isEqualTo(0.5);
        assertThat(node.hasIdleDevice()).isTrue();
        node.place(Holding.of(gpus(F, 1, 0), devices(node, gpus(F, 1, 0))), 2);

        assertThat(node.busyShare()).isEqualTo(1);
        assertThat(node.hasIdleDevice()).isFalse();
        assertThat(node.accepting()).isTrue();
    }

    @Test
    void takesNoMoreThanItsSlots() {
        var node = cpu("n1", 1);
        assertThat(node.fit(plain(F))).isEmpty();
        node.place(Holding.of(plain(G), List.of()), 1);

        assertThat(node.fit(plain(F))).isNull();
        assertThat(node.couldEverFit(plain(F))).isTrue();
    }

    private static List<DeviceReservation> devices(NodeView node, Needs needs) {
        return Objects.requireNonNull(node.fit(needs), "it does not fit");
    }
}
