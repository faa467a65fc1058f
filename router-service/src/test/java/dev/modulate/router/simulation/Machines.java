package dev.modulate.router.simulation;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceProfile;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.simulation.Workload.Program;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The GPUs and hosts of a run. */
final class Machines {
    private final List<Gpu> gpus = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();
    private final Map<NodeId, Gpu> byNode = new HashMap<>();
    private final boolean noColdStarts;

    Machines(Workload workload, Setup setup) {
        this.noColdStarts = setup.noColdStarts();
        for (int i = 0; i < workload.hosts(); i++) {
            hosts.add(new Host(workload.hostMemoryMib()));
        }
        for (var spec : workload.gpus()) {
            var gpu = new Gpu(gpus.size(), spec, hosts.get(spec.host()));
            gpus.add(gpu);
            byNode.put(nodeId(gpu), gpu);
        }
    }

    List<Gpu> gpus() {
        return gpus;
    }

    Gpu gpu(NodeId id) {
        return java.util.Objects.requireNonNull(byNode.get(id), id::value);
    }

    static NodeId nodeId(Gpu gpu) {
        return new NodeId("gpu-" + gpu.id);
    }

    static DeviceId deviceId(Gpu gpu) {
        return new DeviceId("GPU-" + gpu.id);
    }

    static NodeProfile profile(Gpu gpu) {
        long bytes = (long) gpu.spec.memoryMib() << 20;
        var device = new DeviceProfile(deviceId(gpu), "speed-" + gpu.spec.speed(), bytes, "");
        return new NodeProfile(nodeId(gpu), 1, Workload.POOL, List.of(device), 0, 0, 1, Map.of());
    }

    /** What schedulers know of speeds: the model of the device tells. */
    static ToDoubleFunction<NodeProfile> speeds() {
        return profile ->
                Double.parseDouble(profile.devices().getFirst().model().substring("speed-".length()));
    }

    /** Whether a run of it needs no load. */
    boolean isReady(Gpu gpu, Program program) {
        return noColdStarts || gpu.has(program);
    }

    /** Begins a request on a free GPU. The request knows its times afterwards. */
    void begin(Gpu gpu, Request request, long now) {
        gpu.running = request;
        request.begunAt = now;
        double load = loadFor(gpu, request, now);
        request.startedAt = now + Events.nanos(load);
        double run = request.size / gpu.spec.speed();
        request.endedAt = request.startedAt + Events.nanos(run);
        gpu.runSeconds += run;
    }

    private double loadFor(Gpu gpu, Request request, long now) {
        var program = request.program;
        if (gpu.isLoading(now) && program.equals(gpu.loading)) {
            request.cold = true;
            gpu.touch(program);
            return (gpu.loadedAt - now) / 1e9;
        }
        if (isReady(gpu, program)) {
            gpu.touch(program);
            return 0;
        }
        request.cold = true;
        if (!gpu.makeRoom(program, model -> !gpu.isNeeded(model, now))) {
            throw new IllegalStateException("f" + program.id() + " does not fit on GPU " + gpu.id);
        }
        gpu.add(program);
        double seconds = gpu.host.load(program);
        gpu.loadSeconds += seconds;
        return seconds;
    }

    /** Loads a model beside what runs; the time it takes, or negative when there is no room. */
    double loadBeside(Gpu gpu, Program program, long now) {
        if (!gpu.makeRoom(program, model -> !gpu.isNeeded(model, now))) {
            return -1;
        }
        gpu.add(program);
        double seconds = gpu.host.load(program);
        gpu.loadSeconds += seconds;
        gpu.loading = program;
        gpu.loadedAt = now + Events.nanos(seconds);
        return seconds;
    }
}
