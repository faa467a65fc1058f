package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.F;
import static dev.modulate.router.placement.Nodes.G;
import static dev.modulate.router.placement.Nodes.GIB;
import static dev.modulate.router.placement.Nodes.cpu;
import static dev.modulate.router.placement.Nodes.fleet;
import static dev.modulate.router.placement.Nodes.gpu;
import static dev.modulate.router.placement.Nodes.gpus;
import static dev.modulate.router.placement.Nodes.plain;
import static dev.modulate.router.placement.Nodes.resident;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where the first policy sends what. */
class WarmFirstTest {
    private final Policy policy = new WarmFirst();

    @Test
    void takesAnIdleInstanceThoughAnotherNodeIsLessLoaded() {
        var warm = cpu("n2", 4);
        warm.place(Holding.of(plain(G), List.of()), 1);
        warm.report(resident(F, 1, 1));

        var place = place(fleet(cpu("n1", 4), warm), plain(F));

        assertThat(place.node()).isSameAs(warm);
        assertThat(place.warmth()).isEqualTo(Warmth.IDLE);
    }

    @Test
    void countsAnIdleInstanceOnce() {
        var warm = cpu("n2", 4);
        warm.report(resident(F, 1, 0));
        var fleet = fleet(cpu("n1", 4), warm);

        warm.place(Holding.of(plain(F), List.of()), 1);

        assertThat(warm.idleCount(F)).isZero();
        assertThat(place(fleet, plain(F)).warmth()).isEqualTo(Warmth.RESIDENT);
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
    void takesTheLeastLoadedOfEqualNodes() {
        var busy = cpu("n1", 4);
        busy.place(Holding.of(plain(G), List.of()), 1);
        var free = cpu("n2", 4);

        assertThat(place(fleet(busy, free), plain(F)).node()).isSameAs(free);
    }

    @Test
    void avoidsNodesThatTurnedItDown() {
        var decision = policy.decide(fleet(cpu("n1", 4)), plain(F), Set.of(new NodeId("n1")));

        assertThat(decision).isEqualTo(new Decision.Wait(Decision.Reason.NO_CAPACITY));
    }

    @Test
    void waitsForRoomAndForNodes() {
        var full = cpu("n1", 1);
        full.place(Holding.of(plain(G), List.of()), 1);

        assertThat(policy.decide(fleet(full), plain(F), Set.of()))
                .isEqualTo(new Decision.Wait(Decision.Reason.NO_CAPACITY));
        assertThat(policy.decide(fleet(full), gpus(F, 1, GIB), Set.of()))
                .isEqualTo(new Decision.Wait(Decision.Reason.NO_NODE));
    }

    @Test
    void refusesWhatNoNodeOfThePoolCouldRunEvenWhenEmpty() {
        assertThat(policy.decide(fleet(gpu("g1", 2, 8)), gpus(F, 3, GIB), Set.of()))
                .isInstanceOf(Decision.Refuse.class);
        assertThat(policy.decide(fleet(gpu("g1", 2, 8)), gpus(F, 1, 81 * GIB), Set.of()))
                .isInstanceOf(Decision.Refuse.class);
    }

    @Test
    void asksForLabels() {
        var needs = new Needs(F, "cpu", Map.of("zone", "b"), 0, 0, null);

        assertThat(policy.decide(fleet(cpu("n1", 1)), needs, Set.of())).isInstanceOf(Decision.Refuse.class);
    }

    @Test
    void takesTheDeviceOnWhichTheFunctionLives() {
        var node = gpu("g1", 4, 8);
        node.report(resident(F, 1, 0, new DeviceId("g1-gpu-2")));

        var place = place(fleet(node), gpus(F, 1, 10 * GIB));

        assertThat(place.devices()).containsExactly(new DeviceReservation(new DeviceId("g1-gpu-2"), 10 * GIB));
        assertThat(place.warmth()).isEqualTo(Warmth.IDLE);
    }

    @Test
    void isNotWarmWhenTheDeviceOfTheIdleInstanceHasNoRoom() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), 75 * GIB))), 1);
        node.report(resident(F, 1, 1, new DeviceId("g1-gpu-0")));

        assertThat(place(fleet(node), gpus(F, 1, 10 * GIB)).warmth()).isEqualTo(Warmth.RESIDENT);
    }

    @Test
    void fillsADeviceThatIsSharedBeforeAnEmptyOne() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-1"), 20 * GIB))), 1);

        assertThat(place(fleet(node), gpus(F, 1, 20 * GIB)).devices())
                .extracting(DeviceReservation::device)
                .containsExactly(new DeviceId("g1-gpu-1"));
    }

    @Test
    void takesWholeDevicesThatNobodyElseUses() {
        var node = gpu("g1", 2, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), GIB))), 1);

        assertThat(place(fleet(node), gpus(F, 1, 0)).devices())
                .containsExactly(new DeviceReservation(
                        new DeviceId("g1-gpu-1"), 80 * GIB, DeviceReservation.WHOLE, Isolation.TENANT));
    }

    @Test
    void takesSeveralDevicesFromOneLinkGroup() {
        var node = gpu("g1", 4, 8);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), 80 * GIB))), 1);

        assertThat(place(fleet(node), gpus(F, 2, 0)).devices())
                .extracting(DeviceReservation::device)
                .containsExactly(new DeviceId("g1-gpu-2"), new DeviceId("g1-gpu-3"));
    }

    @Test
    void takesDevicesOfDifferentGroupsWhenNoGroupIsLargeEnough() {
        var node = gpu("g1", 4, 8);

        assertThat(place(fleet(node), gpus(F, 3, 0)).devices()).hasSize(3);
    }

    private Decision.Place place(FleetView fleet, Needs needs) {
        var decision = policy.decide(fleet, needs, Set.of());
        if (decision instanceof Decision.Place place) {
            return place;
        }
        throw new AssertionError("not placed: " + decision);
    }
}
