package dev.modulate.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.Link;
import dev.modulate.registry.v1.ResourceRequirements;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SpecOptionsTest {
    @Test
    void aShareIsComputeAndMemory() {
        assertThat(accelerator("--gpu-share", "0.25", "--gpu-memory", "6GiB", "--isolation", "function"))
                .isEqualTo(AcceleratorRequirements.newBuilder()
                        .setShareMilli(250)
                        .setDeviceMemoryBytes(6L << 30)
                        .setIsolation(Isolation.ISOLATION_FUNCTION)
                        .build());
    }

    @Test
    void aSliceNeedsNoOtherOption() {
        assertThat(accelerator("--mig", "1g.10gb"))
                .isEqualTo(AcceleratorRequirements.newBuilder()
                        .setMigProfile("1g.10gb")
                        .build());
    }

    @Test
    void severalDevicesMayHaveToBeLinked() {
        assertThat(accelerator("--gpus", "4", "--gpu-link", "required", "--gpu-model", "nvidia-h100|nvidia-a100"))
                .isEqualTo(AcceleratorRequirements.newBuilder()
                        .setDeviceCount(4)
                        .setLink(Link.LINK_REQUIRED)
                        .setModel("nvidia-h100|nvidia-a100")
                        .build());
    }

    @Test
    void withoutSuchOptionsThereIsNoAccelerator() {
        assertThat(resources("--memory", "1GiB").hasAccelerator()).isFalse();
    }

    @Test
    void unknownWordsAreRefusedWithThoseThatAreKnown() {
        assertThatThrownBy(() -> accelerator("--gpu-link", "always"))
                .isInstanceOf(UsageException.class)
                .hasMessage("--gpu-link: \"always\" (expected: preferred, required)");
        assertThatThrownBy(() -> accelerator("--isolation", "all"))
                .hasMessage("--isolation: \"all\" (expected: function, none, tenant)");
    }

    private static AcceleratorRequirements accelerator(String... options) {
        return resources(options).getAccelerator();
    }

    private static ResourceRequirements resources(String... options) {
        return CommandLine.populateCommand(new SpecOptions(), options).spec().getResources();
    }
}
