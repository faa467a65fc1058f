package dev.modulate.router.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.executor.v1.Device;
import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.rule.RoutingRules;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharesTest {
    @Test
    void aShareIsReadWithAllItSays() {
        assertThat(read(AcceleratorRequirements.newBuilder()
                        .setModel("nvidia-h100|nvidia-a100")
                        .setDeviceCount(2)
                        .setDeviceMemoryBytes(6L << 30)
                        .setShareMilli(250)
                        .setLink(dev.modulate.registry.v1.Link.LINK_REQUIRED)
                        .setIsolation(dev.modulate.registry.v1.Isolation.ISOLATION_FUNCTION)))
                .isEqualTo(new Needs.Accelerators(
                        "nvidia-h100|nvidia-a100", 2, 6L << 30, 250, "", Link.REQUIRED, Isolation.FUNCTION));
    }

    @Test
    void whatIsNotSaidIsOneWholeDeviceOfAnyModel() {
        assertThat(read(AcceleratorRequirements.newBuilder())).isEqualTo(new Needs.Accelerators("", 1, 0));
    }

    @Test
    void aSliceIsOneDeviceWhateverElseIsSaid() {
        var needs = read(AcceleratorRequirements.newBuilder()
                .setMigProfile("1g.10gb")
                .setDeviceCount(3)
                .setShareMilli(-5)
                .setDeviceMemoryBytes(7));

        assertThat(needs).isEqualTo(new Needs.Accelerators("", 1, 0, 0, "1g.10gb", Link.PREFERRED, Isolation.TENANT));
    }

    @Test
    void aSliceOfANodeKnowsItsDevice() {
        var device = Device.newBuilder()
                .setDeviceId("MIG-1")
                .setModel("nvidia-h100-mig-1g.10gb")
                .setMemoryBytes(10)
                .setMemoryReservedBytes(1)
                .setParentDeviceId("GPU-1")
                .setMigProfile("1g.10gb")
                .build();

        assertThat(Shares.profile(device))
                .isEqualTo(
                        new DeviceProfile(new DeviceId("MIG-1"), "nvidia-h100-mig-1g.10gb", 9, "", "GPU-1", "1g.10gb"));
    }

    @ParameterizedTest
    @EnumSource(Isolation.class)
    void aReservationComesBackAsItWasSent(Isolation isolation) {
        var part = new DeviceReservation(new DeviceId("GPU-1"), 6L << 30, 250, isolation);

        assertThat(Shares.read(Shares.write(part))).isEqualTo(part);
    }

    private static Needs.@Nullable Accelerators read(AcceleratorRequirements.Builder asked) {
        var spec = FunctionSpec.newBuilder();
        spec.getResourcesBuilder().setAccelerator(asked);
        return new Specs(new RoutingRules()).needs("default", spec.build()).accelerators();
    }
}
