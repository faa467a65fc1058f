package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.router.scheduling.SchedulingPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every policy that a router may be given runs the same cell. */
class PolicyTest {
    private static final long GIB = 1L << 30;

    @ParameterizedTest
    @EnumSource(SchedulingPolicy.class)
    void runsEveryCallToItsEnd(SchedulingPolicy policy) {
        try (var platform = new Platform(policy)) {
            var router = platform.startRouter("router-1");
            var api = platform.api(router, "api-1");
            var nodes =
                    List.of(gpus(platform, router, "g1"), gpus(platform, router, "g2"), gpus(platform, router, "g3"));
            var calls = new ArrayList<String>();
            for (int i = 0; i < 30; i++) {
                int devices = 1 + i % 2;
                calls.add(api.dispatchSpec(
                        "call-" + i,
                        spec -> spec.setResources(ResourceRequirements.newBuilder()
                                .setAccelerator(AcceleratorRequirements.newBuilder()
                                        .setDeviceCount(devices)
                                        .setDeviceMemoryBytes(50 * GIB)))));
            }
            assertThat(nodes).allSatisfy(node -> assertThat(node.runs()).hasSizeLessThanOrEqualTo(2));

            for (int i = 0; i < 40; i++) {
                for (var node : nodes) {
                    List.copyOf(node.runs()).forEach(id -> {
                        node.run(id);
                        node.finish(id);
                    });
                }
                platform.pass(Duration.ofMillis(300));
            }

            assertThat(calls)
                    .allSatisfy(id ->
                            assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.RESOLVED));
            assertThat(nodes.stream().flatMap(node -> node.assigned().stream())).hasSize(30);
        }
    }

    @ParameterizedTest
    @EnumSource(SchedulingPolicy.class)
    void movesWhatWaitedForANodeThatIsGone(SchedulingPolicy policy) {
        try (var platform = new Platform(policy)) {
            var router = platform.startRouter("router-1");
            var api = platform.api(router, "api-1");
            var gone = platform.executor(router, "n1").slots(1).attach();
            var stays = platform.executor(router, "n2").slots(1).attach();
            var calls = new ArrayList<String>();
            for (int i = 0; i < 8; i++) {
                calls.add(api.dispatch("call-" + i));
            }
            gone.disconnect();
            platform.pass(Duration.ofSeconds(1));

            for (int i = 0; i < 40; i++) {
                List.copyOf(stays.runs()).forEach(stays::finish);
                platform.pass(Duration.ofMillis(500));
            }

            assertThat(calls)
                    .allSatisfy(id ->
                            assertThat(platform.resonate.promise(id).state()).isEqualTo(PromiseState.RESOLVED));
        }
    }

    @ParameterizedTest
    @EnumSource(SchedulingPolicy.class)
    void triesAnotherNodeWhenOneTurnsACallDown(SchedulingPolicy policy) {
        try (var platform = new Platform(policy)) {
            var router = platform.startRouter("router-1");
            var api = platform.api(router, "api-1");
            var nodes = List.of(
                    platform.executor(router, "n1").slots(1).attach(),
                    platform.executor(router, "n2").slots(1).attach());
            String id = api.dispatch("a");
            var first = nodes.stream()
                    .filter(node -> !node.runs().isEmpty())
                    .findFirst()
                    .orElseThrow();

            first.reject(id);

            assertThat(nodes)
                    .filteredOn(node -> node != first)
                    .allSatisfy(node -> assertThat(node.assigned()).containsExactly(id + "@1"));
        }
    }

    private static FakeExecutor gpus(Platform platform, Platform.RouterStart router, String name) {
        return platform.executor(router, name).slots(4).gpus(2, 80 * GIB).attach();
    }
}
