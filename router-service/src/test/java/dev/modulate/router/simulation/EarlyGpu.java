package dev.modulate.router.simulation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.function.Consumer;

/** A GPU with a queue of its own, first come first served; it may load what comes next while it runs. */
final class EarlyGpu {
    /** Queued requests for which it loads ahead, and one more whose models it spares. */
    private static final int PREFETCH_MAX = 2;

    private static final double REMAINING_MIN = 0.1;
    private static final double REMAINING_OF_ELAPSED = 0.5;

    private final Gpu gpu;
    private final Machines machines;
    private final Estimates estimates;
    private final Events events;
    private final Setup setup;
    private final Deque<Work> queue = new ArrayDeque<>();
    private final long[] acked;
    private double queuedSeconds;

    record Work(Request request, int router, long sequence, double seconds) {}

    EarlyGpu(Gpu gpu, Machines machines, Estimates estimates, Events events, Setup setup) {
        this.gpu = gpu;
        this.machines = machines;
        this.estimates = estimates;
        this.events = events;
        this.setup = setup;
        this.acked = new long[setup.routers()];
    }

    void take(Work work, Consumer<Request> ended) {
        acked[work.router] = Math.max(acked[work.router], work.sequence);
        queue.add(work);
        queuedSeconds += work.seconds;
        if (gpu.running == null) {
            beginNext(ended);
        } else if (setup.prefetch()) {
            prefetch();
        }
    }

    private void beginNext(Consumer<Request> ended) {
        var work = queue.poll();
        if (work == null) {
            return;
        }
        queuedSeconds = queue.isEmpty() ? 0 : queuedSeconds - work.seconds;
        var request = work.request;
        machines.begin(gpu, request, events.now());
        events.at(request.endedAt, () -> {
            gpu.running = null;
            estimates.ran(request.program.id(), (request.endedAt - request.startedAt) / 1e9 * gpu.spec.speed());
            ended.accept(request);
            beginNext(ended);
        });
        if (setup.prefetch()) {
            prefetch();
        }
    }

    /** Loads the first of the next requests that needs it, if that costs no model that is wanted before. */
    private void prefetch() {
        if (gpu.isLoading(events.now())) {
            return;
        }
        gpu.loading = null;
        var spared = new HashSet<Workload.Program>();
        if (gpu.running != null) {
            spared.add(gpu.running.program);
        }
        queue.stream().limit(PREFETCH_MAX + 1).forEach(work -> spared.add(work.request.program));
        for (var work : queue.stream().limit(PREFETCH_MAX).toList()) {
            var program = work.request.program;
            if (machines.isReady(gpu, program)) {
                continue;
            }
            int freeable = gpu.models().stream()
                    .filter(model -> !spared.contains(model))
                    .mapToInt(Workload.Program::memoryMib)
                    .sum();
            if (gpu.freeMib() + freeable < program.memoryMib()) {
                return;
            }
            gpu.makeRoom(program, model -> !spared.contains(model));
            machines.loadBeside(gpu, program, events.now());
            work.request.cold = true;
            return;
        }
    }

    Report report() {
        var hostModels = new BitSet();
        gpu.host.models().forEach(program -> hostModels.set(program.id()));
        var models = gpu.models().stream().map(Workload.Program::id).toList();
        int count = queue.size() + (gpu.running == null ? 0 : 1);
        return new Report(
                gpu.id,
                count,
                remainingSeconds() + queuedSeconds,
                models,
                hostModels,
                Arrays.stream(acked).boxed().toList(),
                events.now());
    }

    private double remainingSeconds() {
        var request = gpu.running;
        if (request == null) {
            return 0;
        }
        double load = Math.max(0, (request.startedAt - events.now()) / 1e9);
        double elapsed = Math.max(0, (events.now() - request.startedAt) / 1e9);
        double mean = estimates.runSeconds(request.program.id()) / gpu.spec.speed();
        return load
                + (elapsed < mean ? mean - elapsed : Math.max(REMAINING_MIN * mean, REMAINING_OF_ELAPSED * elapsed));
    }

    double trueBacklogSeconds() {
        double running = gpu.running == null ? 0 : Math.max(0, (gpu.running.endedAt - events.now()) / 1e9);
        double queued = queue.stream().mapToDouble(work -> work.request.size).sum();
        return running + queued / gpu.spec.speed();
    }
}
