package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Everything breaks in random order. Whatever happens, no version of a call is handed out twice unless it was turned
 * down, no slot and no byte, thousandth or slice of a device is given away twice, every accepted call ends, and nothing stays booked.
 */
class ChaosTest {
    private static final int STEPS = 400;
    private static final int SLOTS = 4;
    private static final long GIB = 1L << 30;
    private static final long DEVICE_BYTES = 80 * GIB;
    private static final long SLICE_BYTES = 10 * GIB;
    private static final Duration BEAT = Duration.ofSeconds(3);

    private final Platform platform = new Platform();
    private final List<FakeExecutor> nodes = new ArrayList<>();
    private final Set<String> calls = new HashSet<>();
    private final Map<String, Integer> rejected = new HashMap<>();
    private Platform.RouterStart router = platform.startRouter("router-0");
    private FakeApi api = platform.api(router, "api");
    private int starts;

    @RepeatedTest(20)
    void losesNothingAndRunsNothingTwice(RepetitionInfo repetition) {
        long seed = Long.getLong("chaos.seed", 20_261_126L) + repetition.getCurrentRepetition();
        System.out.println("ChaosTest seed " + seed);
        run(seed);
    }

    private void run(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < 3; i++) {
            nodes.add(platform.executor(router, "n" + i)
                    .slots(SLOTS)
                    .gpus(2, DEVICE_BYTES)
                    .slices(2, Asks.SLICE, SLICE_BYTES)
                    .obedient()
                    .attach());
        }
        try {
            for (int step = 0; step < STEPS; step++) {
                disturb(random, step);
                handedOutOnce(seed);
                nothingBookedTwice(seed);
            }
            heal();
            handedOutOnce(seed);
            for (String id : calls) {
                assertThat(platform.resonate.promise(id).state().settled())
                        .as("end of %s, seed %d", id, seed)
                        .isTrue();
            }
            var shown = router.nodes.listNodes(ListNodesRequest.getDefaultInstance());
            assertThat(shown.getNodesList())
                    .as("seed %d", seed)
                    .extracting(Node::getPlacedCount)
                    .containsOnly(0);
        } finally {
            platform.close();
        }
    }

    private void disturb(Random random, int step) {
        var node = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(22)) {
            case 0, 1, 2, 3 -> dispatch(step);
            case 4, 5, 6 -> act(node, random);
            case 7, 8, 9, 10 -> finishOne(node, random);
            case 11 -> node.disconnect();
            case 12, 13, 14 -> attach(node);
            case 15 -> restart(node);
            case 16 -> platform.resonate.setDown(random.nextInt(3) == 0);
            case 17 -> platform.resonate.setLosesReplies(random.nextInt(4) == 0);
            case 18 -> restartRouter(random);
            case 19 -> platform.resonate.setLosesMessages(random.nextBoolean());
            default -> pass(Duration.ofMillis(random.nextInt(3_000)));
        }
    }

    private void dispatch(int step) {
        String id = api.dispatch(
                "call-" + step,
                invocation -> {
                    invocation
                            .getRecordBuilder()
                            .getTargetBuilder()
                            .getFunctionBuilder()
                            .setName(Asks.function(step));
                    return invocation;
                },
                Asks.spec(step));
        if (platform.resonate.knows(id)) {
            calls.add(id);
        }
    }

    private void act(FakeExecutor node, Random random) {
        var runs = node.runs();
        if (runs.isEmpty() || !node.attached()) {
            return;
        }
        String id = runs.get(random.nextInt(runs.size()));
        switch (random.nextInt(4)) {
            case 0 -> node.accept(id);
            case 1 -> node.run(id);
            case 2 -> {
                if (!node.assignment(id).getLastAttempt()) {
                    node.fail(id, "FUNCTION_ERROR");
                }
            }
            default -> {
                rejected.merge(id + "@" + node.assignment(id).getTask().getVersion(), 1, Integer::sum);
                node.reject(id);
            }
        }
    }

    private static void finishOne(FakeExecutor node, Random random) {
        var runs = node.runs();
        if (!runs.isEmpty() && node.attached()) {
            node.finish(runs.get(random.nextInt(runs.size())));
        }
    }

    private void attach(FakeExecutor node) {
        if (!node.attached()) {
            node.moveTo(router).attach();
        }
    }

    private void restart(FakeExecutor node) {
        node.disconnect();
        node.restartedProcess().moveTo(router).attach();
    }

    private void restartRouter(Random random) {
        if (random.nextInt(3) > 0) {
            return;
        }
        router.kill();
        nodes.forEach(FakeExecutor::disconnect);
        router = platform.startRouter("router-" + ++starts);
        api = platform.api(router, "api");
    }

    /** Time, with nodes that report and renew their leases. */
    private void pass(Duration duration) {
        for (var left = duration; left.isPositive(); left = left.minus(BEAT)) {
            platform.pass(left.compareTo(BEAT) < 0 ? left : BEAT);
            for (var node : nodes) {
                node.holds().forEach(node::heartbeat);
                if (node.attached()) {
                    node.report();
                }
            }
        }
    }

    /** Everything works again, and nodes finish what they have. */
    private void heal() {
        platform.resonate.setDown(false);
        platform.resonate.setLosesReplies(false);
        platform.resonate.setLosesMessages(false);
        for (int i = 0; i < 40; i++) {
            nodes.forEach(this::attach);
            for (var node : nodes) {
                node.runs().forEach(node::finish);
            }
            pass(BEAT);
        }
    }

    /** Neither in the router's ledger nor at an executor is more given away than there is. */
    private void nothingBookedTwice(long seed) {
        for (var node : nodes) {
            assertThat(node.runs().size()).as("slots of a node, seed %d", seed).isLessThanOrEqualTo(SLOTS);
            new DeviceBook(node).check("seed " + seed);
        }
        for (var shown :
                router.nodes.listNodes(ListNodesRequest.getDefaultInstance()).getNodesList()) {
            assertThat(shown.getPlacedCount()).as("ledger, seed %d", seed).isLessThanOrEqualTo(SLOTS);
            for (int i = 0; i < shown.getDeviceMemoryPlacedBytesCount(); i++) {
                assertThat(shown.getDeviceMemoryPlacedBytes(i))
                        .as("ledger, seed %d", seed)
                        .isBetween(0L, shown.getProfile().getDevices(i).getMemoryBytes());
            }
        }
    }

    private void handedOutOnce(long seed) {
        var seen = new HashMap<String, Integer>();
        for (var node : nodes) {
            node.assigned().forEach(each -> seen.merge(each, 1, Integer::sum));
        }
        seen.forEach((each, times) -> assertThat(times)
                .as("%s handed out, seed %d", each, seed)
                .isLessThanOrEqualTo(1 + rejected.getOrDefault(each, 0)));
    }
}
