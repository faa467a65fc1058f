package dev.modulate.router.placement;

import static dev.modulate.router.placement.Nodes.F;
import static dev.modulate.router.placement.Nodes.G;
import static dev.modulate.router.placement.Nodes.GIB;
import static dev.modulate.router.placement.Nodes.gpu;
import static dev.modulate.router.placement.Nodes.gpus;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory that processes outside the platform hold on a device of 80 GiB. */
class ForeignMemoryTest {
    private static final DeviceId DEVICE = new DeviceId("g1-gpu-0");

    private final NodeView node = gpu("g1", 1, 8);

    @Test
    void isGivenToNobody() {
        foreign(50 * GIB);

        assertThat(node.fit(gpus(F, 1, 40 * GIB))).isNull();
        assertThat(node.fit(gpus(F, 1, 30 * GIB))).isNotNull();
        assertThat(node.couldEverFit(gpus(F, 1, 40 * GIB))).isTrue();
    }

    @Test
    void isMissingBesideOthersToo() {
        foreign(50 * GIB);
        node.place(new Holding(G, 0, 0, List.of(new DeviceReservation(DEVICE, 20 * GIB))), 1);

        assertThat(node.fit(gpus(F, 1, 9 * GIB))).isNull();
        assertThat(node.fit(gpus(F, 1, 8 * GIB))).isNotNull();
    }

    @Test
    void leavesADeviceWholeWhenItIsLittle() {
        foreign(10 * GIB);
        assertThat(node.fit(whole())).isNotNull();

        foreign(11 * GIB);
        assertThat(node.fit(whole())).isNull();
        assertThat(obstacles(whole()))
                .containsExactly("g1-gpu-0 has " + 11 * GIB + " bytes that processes outside the platform hold");
    }

    @Test
    void isNamedWhenItIsWhatIsMissing() {
        foreign(50 * GIB);

        assertThat(obstacles(gpus(F, 1, 40 * GIB)))
                .singleElement()
                .asString()
                .contains(30 * GIB + " bytes free")
                .endsWith("processes outside the platform hold " + 50 * GIB);
    }

    @Test
    void isNewsThatMakesTheNodeAnotherOne() {
        int before = node.version();
        foreign(50 * GIB);
        int held = node.version();
        foreign(50 * GIB);

        assertThat(held).isNotEqualTo(before);
        assertThat(node.version()).isEqualTo(held);
    }

    private static Needs whole() {
        return gpus(F, 1, 0);
    }

    private List<String> obstacles(Needs needs) {
        return Obstacle.of(node, needs).stream().map(Obstacle::words).toList();
    }

    private void foreign(long bytes) {
        node.report(
                new NodeLoad(0, List.of(new NodeLoad.DeviceLoad(DEVICE, bytes, bytes, true, "")), List.of(), false));
    }
}
