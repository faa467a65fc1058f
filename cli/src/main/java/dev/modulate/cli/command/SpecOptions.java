package dev.modulate.cli.command;

import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.Link;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.RetryPolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a function needs and how it is tried again: options of the commands that bring code. */
final class SpecOptions {
    private static final Map<String, Link> LINKS =
            Map.of("", Link.LINK_UNSPECIFIED, "preferred", Link.LINK_PREFERRED, "required", Link.LINK_REQUIRED);
    private static final Map<String, Isolation> ISOLATIONS = Map.of(
            "",
            Isolation.ISOLATION_UNSPECIFIED,
            "tenant",
            Isolation.ISOLATION_TENANT,
            "function",
            Isolation.ISOLATION_FUNCTION,
            "none",
            Isolation.ISOLATION_NONE);

    @Option(names = "--gpu-memory", paramLabel = "SIZE", description = "Device memory the function needs, such as 6GiB")
    private @Nullable String gpuMemory;

    @Option(names = "--gpus", paramLabel = "COUNT", description = "Whole devices, or devices of --gpu-memory each")
    private int gpus;

    @Option(names = "--gpu-model", paramLabel = "PREFIX", description = "Model of the devices, such as nvidia-h100")
    private String gpuModel = "";

    @Option(
            names = "--gpu-share",
            paramLabel = "PART",
            description = "Part of each device's compute, such as 0.25; with --gpu-memory")
    private @Nullable String gpuShare;

    @Option(names = "--mig", paramLabel = "PROFILE", description = "MIG slice to take whole, such as 1g.10gb")
    private String mig = "";

    @Option(
            names = "--gpu-link",
            paramLabel = "required|preferred",
            description = "Several devices: of one NVLink group, or if possible (the default)")
    private String gpuLink = "";

    @Option(
            names = "--isolation",
            paramLabel = "tenant|function|none",
            description = "Who may share a device with it (default: its tenant)")
    private String isolation = "";

    @Option(names = "--memory", paramLabel = "SIZE", description = "Host memory to reserve")
    private @Nullable String memory;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Longest time one attempt may run, such as 30s")
    private @Nullable String timeout;

    @Option(names = "--attempts", paramLabel = "COUNT", description = "Most attempts, the first included")
    private int attempts;

    @Option(names = "--backoff", paramLabel = "TIME", description = "Pause before the second attempt")
    private @Nullable String backoff;

    @Option(names = "--retry-on", paramLabel = "REASON", split = ",", description = "Failures that are tried again")
    private java.util.List<String> retryOn = java.util.List.of();

    @Option(names = "--env", paramLabel = "K=V", description = "Environment of the process")
    private Map<String, String> environment = new LinkedHashMap<>();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    FunctionSpec.Builder spec() {
        var spec = FunctionSpec.newBuilder().putAllEnvironment(environment).setResources(resources());
        if (timeout != null) {
            spec.setAttemptTimeout(Quantities.duration("--timeout", timeout));
        }
        if (attempts != 0 || backoff != null || !retryOn.isEmpty()) {
            var retry = RetryPolicy.newBuilder().setAttemptCountMax(attempts).addAllRetryableReasons(retryOn);
            if (backoff != null) {
                retry.setInitialBackoff(Quantities.duration("--backoff", backoff));
            }
            spec.setRetryPolicy(retry);
        }
        if (!place.placement().equals(Placement.getDefaultInstance())) {
            spec.setPlacement(place.placement());
        }
        return spec;
    }

    private ResourceRequirements resources() {
        var resources = ResourceRequirements.newBuilder();
        if (memory != null) {
            resources.setMemoryBytes(Quantities.bytes("--memory", memory));
        }
        if (asksForDevices()) {
            resources.setAccelerator(accelerator());
        }
        return resources.build();
    }

    private boolean asksForDevices() {
        return gpuMemory != null
                || gpus != 0
                || gpuShare != null
                || Stream.of(gpuModel, mig, gpuLink, isolation).anyMatch(text -> !text.isEmpty());
    }

    private AcceleratorRequirements accelerator() {
        var accelerator = AcceleratorRequirements.newBuilder()
                .setDeviceCount(gpus)
                .setModel(gpuModel)
                .setMigProfile(mig)
                .setLink(choice("--gpu-link", gpuLink, LINKS))
                .setIsolation(choice("--isolation", isolation, ISOLATIONS));
        if (gpuMemory != null) {
            accelerator.setDeviceMemoryBytes(Quantities.bytes("--gpu-memory", gpuMemory));
        }
        if (gpuShare != null) {
            accelerator.setShareMilli(Quantities.thousandths("--gpu-share", gpuShare));
        }
        return accelerator.build();
    }

    private static <T> T choice(String option, String text, Map<String, T> choices) {
        var chosen = choices.get(text);
        if (chosen == null) {
            var words =
                    choices.keySet().stream().filter(word -> !word.isEmpty()).sorted();
            throw new UsageException(
                    option + ": \"" + text + "\" (expected: " + words.collect(Collectors.joining(", ")) + ")");
        }
        return chosen;
    }
}
