package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.F;
import static dev.modulate.router.placement.Nodes.G;
import static dev.modulate.router.placement.Nodes.GIB;
import static dev.modulate.router.placement.Nodes.gpu;
import static dev.modulate.router.placement.Nodes.gpus;
import static dev.modulate.router.placement.Nodes.needs;
import static dev.modulate.router.placement.Nodes.sliced;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What fits on a device beside what is there. */
class SharingTest {
    private static final FunctionKey STRANGER = new FunctionKey("other/functions/f/versions/1");

    private final NodeView one = gpu("g1", 1, 20);

    @Test
    void sharesFillADeviceByComputeAndByMemory() {
        place(one, share(F, 500, 20 * GIB));
        place(one, share(F, 250, 20 * GIB));

        assertThat(one.fit(share(F, 251, GIB))).isNull();
        assertThat(one.fit(share(F, 250, 40 * GIB))).isNull();
        assertThat(one.fit(share(F, 250, 30 * GIB))).isNotNull();
        assertThat(why(one, share(F, 251, GIB))).containsExactly("g1-gpu-0 has 250 thousandths free (needs 251)");
    }

    @Test
    void memoryStaysSpareWhereSeveralShare() {
        place(one, gpus(F, 1, 40 * GIB));

        assertThat(one.fit(gpus(F, 1, 40 * GIB))).isNull();
        assertThat(one.fit(gpus(F, 1, 38 * GIB))).isNotNull();
        assertThat(gpu("g2", 1, 2).fit(gpus(F, 1, 80 * GIB))).isNotNull();
    }

    @Test
    void wholeDevicesAndSharesExcludeEachOther() {
        place(one, share(F, 100, GIB));
        assertThat(why(one, gpus(F, 1, 0))).containsExactly("g1-gpu-0 runs 1 executions (needs the whole device)");

        var whole = gpu("g2", 1, 2);
        place(whole, gpus(F, 1, 0));
        assertThat(whole.fit(share(F, 1, 1))).isNull();
    }

    @Test
    void tenantsDoNotMixUnlessBothSaySo() {
        place(one, share(F, 100, GIB));

        assertThat(one.fit(share(G, 100, GIB))).isNotNull();
        assertThat(one.fit(share(STRANGER, 100, GIB))).isNull();
        assertThat(why(one, share(STRANGER, 100, GIB)))
                .containsExactly("g1-gpu-0 is shared by executions that do not mix with this one (isolation TENANT)");

        var open = gpu("g2", 1, 20);
        place(open, share(F, 100, GIB, Isolation.NONE));
        assertThat(open.fit(share(STRANGER, 100, GIB, Isolation.NONE))).isNotNull();
        assertThat(open.fit(share(STRANGER, 100, GIB))).isNull();
    }

    @Test
    void aFunctionThatWantsToBeAloneIs() {
        place(one, share(F, 100, GIB, Isolation.FUNCTION));

        assertThat(one.fit(share(G, 100, GIB))).isNull();
        assertThat(one.fit(share(F, 100, GIB, Isolation.FUNCTION))).isNotNull();
    }

    @Test
    void whereACallDoesNotFitNoneOfItsShapeDoes() {
        assertThat(share(F, 100, GIB).shape()).isEqualTo(share(G, 100, GIB).shape());
        place(one, share(F, 100, GIB, Isolation.FUNCTION));

        assertThat(one.fit(share(G, 100, GIB))).isNull();
        assertThat(one.fit(share(F, 100, GIB)))
                .as("a call of the function that is there, which would bear others")
                .isNull();
    }

    @Test
    void aDeviceIsOpenToOthersWhenItsGuestsHaveLeft() {
        var needs = share(F, 100, GIB);
        var holding = place(one, needs);
        one.free(holding, false);

        assertThat(one.fit(share(STRANGER, 100, GIB))).isNotNull();
    }

    @Test
    void slicesGoToThoseWhoNameThemOneEach() {
        var node = sliced("g4", 8, "1g.10gb", "1g.10gb");
        assertThat(ids(place(node, slice("1g.10gb")))).containsExactly("MIG-g4-0");
        assertThat(ids(place(node, slice("1g.10gb")))).containsExactly("MIG-g4-1");

        assertThat(why(node, slice("1g.10gb"))).hasSize(2);
        assertThat(why(node, slice("7g.80gb"))).containsExactly("devices: 0 (needs 1 MIG slices 7g.80gb)");
        assertThat(ids(place(node, gpus(F, 1, 0)))).containsExactly("g4-gpu-1");
        assertThat(node.fit(gpus(F, 1, GIB)))
                .as("the device that is cut is not given out itself")
                .isNull();
    }

    @Test
    void devicesThatMustReachEachOtherAreOfOneGroupOrWait() {
        var node = gpu("g1", 4, 8);
        var linked = new Needs.Accelerators("", 2, 0, 0, "", Link.REQUIRED, Isolation.TENANT);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g1-gpu-0"), GIB))), 1);
        assertThat(ids(place(node, needs(F, linked)))).containsExactly("g1-gpu-2", "g1-gpu-3");

        var scattered = gpu("g2", 4, 8);
        scattered.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g2-gpu-0"), GIB))), 1);
        scattered.place(new Holding(G, 0, 0, List.of(new DeviceReservation(new DeviceId("g2-gpu-3"), GIB))), 1);
        assertThat(why(scattered, needs(F, linked))).containsExactly("no link group has 2 free devices");
        assertThat(scattered.fit(gpus(F, 2, 0))).hasSize(2);
        assertThat(Obstacle.of(
                        gpu("g3", 4, 8),
                        needs(F, new Needs.Accelerators("", 3, 0, 0, "", Link.REQUIRED, Isolation.TENANT))))
                .containsExactly(new Obstacle("no link group has 3 of the devices", true));
    }

    private static Holding place(NodeView node, Needs needs) {
        var holding = Holding.of(needs, Objects.requireNonNull(node.fit(needs)));
        node.place(holding, 1);
        return holding;
    }

    private static List<String> ids(Holding holding) {
        return holding.devices().stream().map(part -> part.device().value()).toList();
    }

    private static List<String> why(NodeView node, Needs needs) {
        return Obstacle.of(node, needs).stream().map(Obstacle::words).toList();
    }

    private static Needs share(FunctionKey function, int millis, long bytes) {
        return share(function, millis, bytes, Isolation.TENANT);
    }

    private static Needs share(FunctionKey function, int millis, long bytes, Isolation isolation) {
        return needs(function, new Needs.Accelerators("", 1, bytes, millis, "", Link.PREFERRED, isolation));
    }

    private static Needs slice(String profile) {
        return needs(F, new Needs.Accelerators("", 1, 0, 0, profile, Link.PREFERRED, Isolation.TENANT));
    }
}
