package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import dev.modulate.registry.v1.Placement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that a function prefers, each of two in turn, so that none is right by chance. */
class PreferenceTest {
    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");
    private final FakeApi api = platform.api(router, "api-1");
    private final FakeExecutor n1 = platform.executor(router, "n1").slots(1).attach();
    private final FakeExecutor n2 = platform.executor(router, "n2").slots(1).attach();

    @AfterEach
    void close() {
        platform.close();
    }

    private FakeExecutor named(String node) {
        return node.equals("n1") ? n1 : n2;
    }

    private FakeExecutor besides(String node) {
        return node.equals("n1") ? n2 : n1;
    }

    private String dispatchTo(String preferred, String id) {
        return api.dispatchSpec(
                id,
                spec -> spec.setPlacement(Placement.newBuilder().setPreferredRule("node.name == '" + preferred + "'")));
    }

    private static void hasWarmCopy(FakeExecutor node) {
        node.report(LoadReport.newBuilder()
                .addResidencies(Residency.newBuilder()
                        .setFunctionKey("default/functions/f/versions/1")
                        .setTier(Residency.Tier.TIER_HOST)
                        .setIdleInstanceCount(1)
                        .setInstanceCount(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1", "n2"})
    void ofTwoNodesWithoutACopyThePreferredOneGetsTheCall(String preferred) {
        String id = dispatchTo(preferred, "a");

        assertThat(named(preferred).assigned()).containsExactly(id + "@1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1", "n2"})
    void ofTwoNodesWithACopyThePreferredOneGetsTheCall(String preferred) {
        hasWarmCopy(n1);
        hasWarmCopy(n2);

        String id = dispatchTo(preferred, "a");

        assertThat(named(preferred).assigned()).containsExactly(id + "@1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1", "n2"})
    void aCopyElsewhereIsBetterThanAPreferredNodeWithout(String preferred) {
        hasWarmCopy(besides(preferred));

        String id = dispatchTo(preferred, "a");

        assertThat(besides(preferred).assigned()).containsExactly(id + "@1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1", "n2"})
    void whenThePreferredNodeStaysFullAnotherGetsTheCall(String preferred) {
        String first = dispatchTo(preferred, "a");
        named(preferred).run(first);
        named(preferred).heartbeat(first);

        String second = dispatchTo(preferred, "b");
        platform.pass(Duration.ofSeconds(8));

        assertThat(besides(preferred).assigned()).containsExactly(second + "@1");
    }
}
