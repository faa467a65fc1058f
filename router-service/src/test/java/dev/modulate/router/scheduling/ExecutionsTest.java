package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What tenants are charged for. */
class ExecutionsTest {
    private static final long GIB = 1L << 30;
    private static final double QUANTUM = 10;

    /** So many seconds of a whole device are two quanta and a half. */
    private static final long RUN_NANOS = 25_000_000_000L;

    private static final DeviceProfile WHOLE = new DeviceProfile(new DeviceId("GPU-0"), "H100", 80 * GIB, "");
    private static final DeviceProfile SLICE =
            new DeviceProfile(new DeviceId("MIG-1"), "H100", 20 * GIB, "", "GPU-0", "2g.20gb");

    private final Tenants tenants = new Tenants(QUANTUM);
    private final Lines lines = new Lines(tenants);
    private final Sites sites = new Sites(profile -> 1);
    private final Executions executions =
            new Executions(lines, new Forecast(WarmQueueRules.DEFAULT, LoadPrior.DEFAULT, new Effort()), tenants);

    private Site site(int slots, DeviceProfile... devices) {
        return sites.of(
                new NodeView(new NodeProfile(new NodeId("n"), 1, "gpu", List.of(devices), 0, 0, slots, Map.of())));
    }

    private static Needs needs(Needs.Accelerators accelerators) {
        return new Needs(new FunctionKey("acme/f"), "gpu", Map.of(), 0, 0, accelerators);
    }

    private static Needs.Accelerators part(long bytes, int shareMillis, String slice) {
        return new Needs.Accelerators("", 1, bytes, shareMillis, slice, Link.PREFERRED, Isolation.TENANT);
    }

    /** Rounds that a tenant owes which has run one call of these needs, when another comes to wait beside it. */
    private int owedAfter(Site site, Needs needs) {
        var entry = lines.arrived(new Call("a", needs, "acme", Priority.NORMAL, 0, Call.NO_DEADLINE), 0);
        var devices = Objects.requireNonNull(site.fit(entry.line));
        lines.take(entry);
        executions.begin(Start.warm(entry, site, devices), 0);
        executions.started("a", 0);
        executions.ended("a", RUN_NANOS);
        return owed();
    }

    private int owed() {
        tenants.waits(tenants.of("acme"));
        tenants.waits(tenants.of("other"));
        return tenants.roundsOwed(tenants.of("acme"));
    }

    @Test
    void aWholeDeviceIsChargedWhole() {
        assertThat(owedAfter(site(10, WHOLE), needs(part(0, 0, "")))).isEqualTo(2);
    }

    @Test
    void aShareIsChargedByItsCompute() {
        assertThat(owedAfter(site(10, WHOLE), needs(part(GIB, 300, "")))).isZero();
        assertThat(owedAfter(site(10, WHOLE), needs(part(GIB, 300, ""))))
                .as("three quarters of a quantum, twice")
                .isEqualTo(1);
    }

    @Test
    void aShareIsChargedByItsMemoryWhenThatIsMore() {
        assertThat(owedAfter(site(10, WHOLE), needs(part(72 * GIB, 100, "")))).isPositive();
    }

    @Test
    void aSmallShareThatTakesTheLastSlotIsChargedForTheSlot() {
        assertThat(owedAfter(site(1, WHOLE), needs(part(GIB, 100, "")))).isEqualTo(2);
    }

    @Test
    void aSliceIsAPartOfItsDevice() {
        assertThat(owedAfter(site(10, WHOLE, SLICE), needs(part(0, 0, "2g.20gb"))))
                .isZero();
    }

    @Test
    void aSliceOfADeviceThatNobodyNamesIsChargedWhole() {
        assertThat(owedAfter(site(10, SLICE), needs(part(0, 0, "2g.20gb")))).isEqualTo(2);
    }

    @Test
    void aCallThatAnotherRouterPlacedIsChargedToItsTenantFromNowOn() {
        var site = site(10, WHOLE);
        var holding = new Holding(
                new FunctionKey("acme/f"),
                0,
                0,
                List.of(new DeviceReservation(WHOLE.id(), 80 * GIB, DeviceReservation.WHOLE, Isolation.TENANT)));

        executions.restated("a", holding, lines.model(holding.function()), site, 0);
        executions.ended("a", RUN_NANOS);

        assertThat(owed()).isEqualTo(2);
    }
}
