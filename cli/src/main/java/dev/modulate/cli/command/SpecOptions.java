package dev.modulate.cli.command;

import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.RetryPolicy;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a function needs and how it is tried again: options of the commands that bring code. */
final class SpecOptions {
    @Option(names = "--gpu-memory", paramLabel = "SIZE", description = "Device memory the function needs, such as 6GiB")
    private @Nullable String gpuMemory;

    @Option(names = "--gpus", paramLabel = "COUNT", description = "Whole devices, or devices of --gpu-memory each")
    private int gpus;

    @Option(names = "--gpu-model", paramLabel = "PREFIX", description = "Model of the devices, such as nvidia-h100")
    private String gpuModel = "";

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

    @Option(names = "--machine", paramLabel = "cpu|gpu", description = "Pool the function runs in")
    private String machine = "";

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
        if (!machine.isEmpty()) {
            spec.setPlacement(Placement.newBuilder().setPool(machine));
        }
        return spec;
    }

    private ResourceRequirements resources() {
        var resources = ResourceRequirements.newBuilder();
        if (memory != null) {
            resources.setMemoryBytes(Quantities.bytes("--memory", memory));
        }
        if (gpuMemory != null || gpus != 0 || !gpuModel.isEmpty()) {
            var accelerator =
                    AcceleratorRequirements.newBuilder().setDeviceCount(gpus).setModel(gpuModel);
            if (gpuMemory != null) {
                accelerator.setDeviceMemoryBytes(Quantities.bytes("--gpu-memory", gpuMemory));
            }
            resources.setAccelerator(accelerator);
        }
        return resources.build();
    }
}
