package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.LoadPrior;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Priority;
import dev.modulate.router.scheduling.WarmQueue;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that cost a cold start the same are not the same to those who come after it. */
class PackedStartTest {
    private static final long GIB = 1L << 30;
    private static final int STEPS_MAX = 10;
    private static final long DEADLINE = 1_000_000_000_000L;

    private final WarmQueue scheduler = new WarmQueue(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, profile -> 1);
    private final List<NodeView> nodes =
            IntStream.range(0, 6).mapToObj(PackedStartTest::node).toList();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void aShareStartsWhereOthersShareAlready(int shared) {
        var there = share("g");
        nodes.get(shared)
                .place(
                        Holding.of(
                                there, Objects.requireNonNull(nodes.get(shared).fit(there))),
                        0);
        nodes.forEach(node -> scheduler.nodeChanged(node, 0));

        scheduler.arrived(new Call("call", share("f"), "default", Priority.NORMAL, 0, DEADLINE), 0);

        var order = scheduler.next(0);
        for (int step = 0; order instanceof Order.AskAgain && step < STEPS_MAX; step++) {
            order = scheduler.next(0);
        }
        assertThat(order)
                .isInstanceOfSatisfying(
                        Order.Dispatch.class,
                        dispatch -> assertThat(dispatch.node()).isSameAs(nodes.get(shared)));
    }

    private static NodeView node(int index) {
        var devices = IntStream.range(0, 2)
                .mapToObj(i -> new DeviceProfile(new DeviceId("GPU-" + index + "-" + i), "gpu", 80 * GIB, ""))
                .toList();
        return new NodeView(
                new NodeProfile(new NodeId("n" + index), 1, "gpu", devices, 64_000, 512 * GIB, 8, Map.of()));
    }

    private static Needs share(String function) {
        return new Needs(
                new FunctionKey("default/functions/" + function + "/versions/1"),
                "gpu",
                Map.of(),
                0,
                0,
                new Needs.Accelerators("", 1, 10 * GIB, 300, "", Link.PREFERRED, Isolation.TENANT));
    }
}
