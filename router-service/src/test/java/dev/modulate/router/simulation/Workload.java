package dev.modulate.router.simulation;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import java.util.List;
import java.util.Map;

/**
 * What is asked of which machines.
 *
 * @param hostMemoryMib memory in which a host keeps models that its GPUs have lost
 * @param arrivals in order of time
 */
public record Workload(
        String name, List<Program> programs, List<GpuSpec> gpus, int hostMemoryMib, List<Arrival> arrivals) {
    static final String POOL = "gpu";
    private static final double HOST_MIB_PER_SECOND = 8192;
    private static final double REMOTE_MIB_PER_SECOND = 1228;

    public Workload {
        programs = List.copyOf(programs);
        gpus = List.copyOf(gpus);
        arrivals = List.copyOf(arrivals);
    }

    /**
     * A function.
     *
     * @param memoryMib of its model on a GPU
     * @param initSeconds part of a load that is always there
     * @param meanSeconds of its runs on a GPU of speed 1
     */
    public record Program(int id, String tenant, int memoryMib, double initSeconds, double meanSeconds) {
        double hostLoadSeconds() {
            return initSeconds + memoryMib / HOST_MIB_PER_SECOND;
        }

        double remoteLoadSeconds() {
            return initSeconds + memoryMib / REMOTE_MIB_PER_SECOND;
        }

        Needs needs() {
            var key = new FunctionKey(tenant + "/f" + id + "/versions/1");
            // Models of several tenants lie beside each other on a GPU, though only one runs at a time.
            var asked = new Needs.Accelerators("", 1, (long) memoryMib << 20, 0, "", Link.PREFERRED, Isolation.NONE);
            return new Needs(key, POOL, Map.of(), 0, 0, asked);
        }
    }

    /** @param size seconds it runs on a GPU of speed 1 */
    public record Arrival(int program, double seconds, double size) {}

    public record GpuSpec(int host, double speed, int memoryMib) {}

    double capacity() {
        return gpus.stream().mapToDouble(GpuSpec::speed).sum();
    }

    int hosts() {
        return gpus.stream().mapToInt(GpuSpec::host).max().orElse(0) + 1;
    }
}
