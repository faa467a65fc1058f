package dev.modulate.router.simulation;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeLoad;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Priority;
import dev.modulate.router.scheduling.Scheduler;
import dev.modulate.router.simulation.Workload.Program;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One scheduler that binds late, and knows exactly what is loaded where. Messages take their time both ways. */
final class LateRun {
    private static final long LOOK_NANOS = Scheduler.LOOK_PERIOD_MILLIS * 1_000_000;

    private final Workload workload;
    private final Setup setup;
    private final Scheduler scheduler;
    private final Machines machines;
    private final Events events = new Events();
    private final Map<NodeId, NodeView> views = new LinkedHashMap<>();
    private final Map<FunctionKey, Program> programs = new HashMap<>();
    private final List<Request> requests = new ArrayList<>();
    private final Map<String, Request> open = new HashMap<>();
    private final Map<String, Holding> holdings = new HashMap<>();
    private final long[] acked;
    private long sequence;
    private int ended;

    LateRun(Workload workload, Setup setup, Scheduler scheduler) {
        this.workload = workload;
        this.setup = setup;
        this.scheduler = scheduler;
        this.machines = new Machines(workload, setup);
        this.acked = new long[machines.gpus().size()];
        workload.programs().forEach(program -> programs.put(program.needs().function(), program));
    }

    Figures run() {
        run(Long.MAX_VALUE);
        return Figures.of(requests, machines.gpus());
    }

    /** Until everything is done or the time has come. */
    List<Request> run(long until) {
        for (var gpu : machines.gpus()) {
            var view = new NodeView(Machines.profile(gpu));
            views.put(view.id(), view);
            report(gpu);
        }
        for (var arrival : workload.arrivals()) {
            var request = new Request(requests.size(), workload.programs().get(arrival.program()), arrival);
            requests.add(request);
        }
        if (!requests.isEmpty()) {
            arriveAt(0);
        }
        events.after(LOOK_NANOS, this::look);
        while (ended < requests.size() && events.now() < until && events.step()) {
            carryOut();
        }
        return requests;
    }

    private void arriveAt(int index) {
        var request = requests.get(index);
        events.at(request.arrivedAt, () -> {
            if (index + 1 < requests.size()) {
                arriveAt(index + 1);
            }
            var program = request.program;
            String id = Integer.toString(request.id);
            open.put(id, request);
            scheduler.arrived(
                    new Call(
                            id,
                            program.needs(),
                            program.tenant(),
                            Priority.NORMAL,
                            request.arrivedAt,
                            Call.NO_DEADLINE),
                    events.now());
        });
    }

    private void look() {
        scheduler.look(events.now());
        events.after(LOOK_NANOS, this::look);
    }

    private void carryOut() {
        for (var order = scheduler.next(events.now()); order != null; order = scheduler.next(events.now())) {
            switch (order) {
                case Order.Dispatch dispatch -> dispatch(dispatch);
                case Order.Load load -> load(load);
                case Order.AskAgain again -> {
                    // At once: nothing else happens at this moment.
                }
                case Order.Expire expire -> throw new IllegalStateException("no deadline was set: " + expire);
            }
        }
    }

    private void dispatch(Order.Dispatch order) {
        String id = order.call().id();
        var holding = Holding.of(order.call().needs(), order.devices());
        order.node().place(holding, ++sequence);
        scheduler.placed(order, events.now());
        holdings.put(id, holding);
        var gpu = machines.gpu(order.node().id());
        var request = java.util.Objects.requireNonNull(open.get(id), id);
        long sent = sequence;
        events.after(setup.delay(), () -> {
            acked[gpu.id] = sent;
            begin(gpu, request, order.evictions());
        });
    }

    private void begin(Gpu gpu, Request request, List<FunctionKey> evictions) {
        if (gpu.running != null) {
            throw new IllegalStateException("GPU " + gpu.id + " was given two requests at a time");
        }
        boolean ready = machines.isReady(gpu, request.program);
        if (!ready) {
            evict(gpu, request.program, evictions);
        }
        machines.begin(gpu, request, events.now());
        if (!ready) {
            reportHost(gpu);
        }
        String id = Integer.toString(request.id);
        events.at(request.startedAt + setup.delay(), () -> scheduler.started(id, events.now()));
        events.at(request.endedAt, () -> end(gpu, request));
    }

    private void evict(Gpu gpu, Program program, List<FunctionKey> evictions) {
        for (var victim : evictions) {
            if (!gpu.isRoomFor(program)) {
                gpu.evict(java.util.Objects.requireNonNull(programs.get(victim), victim::value));
            }
        }
    }

    private void end(Gpu gpu, Request request) {
        gpu.running = null;
        ended++;
        events.after(setup.delay(), () -> {
            String id = Integer.toString(request.id);
            open.remove(id);
            view(gpu).free(java.util.Objects.requireNonNull(holdings.remove(id)), true);
            scheduler.ended(id, events.now());
        });
    }

    private void load(Order.Load order) {
        var gpu = machines.gpu(order.node().id());
        var program =
                java.util.Objects.requireNonNull(programs.get(order.needs().function()));
        open.values().stream()
                .filter(request -> request.program.equals(program) && request.begunAt < 0)
                .findFirst()
                .ifPresent(request -> request.cold = true);
        events.after(setup.delay(), () -> {
            evict(gpu, program, order.evictions());
            double seconds = gpu.has(program) ? 0 : machines.loadBeside(gpu, program, events.now());
            reportHost(gpu);
            events.after(Events.nanos(Math.max(0, seconds)), () -> loaded(gpu, order));
        });
    }

    private void loaded(Gpu gpu, Order.Load order) {
        gpu.loading = null;
        report(gpu);
        events.after(setup.delay(), () -> scheduler.loaded(order.node(), order.needs(), events.now()));
    }

    private NodeView view(Gpu gpu) {
        return java.util.Objects.requireNonNull(views.get(Machines.nodeId(gpu)));
    }

    private void reportHost(Gpu changed) {
        for (var gpu : machines.gpus()) {
            if (gpu.host == changed.host) {
                report(gpu);
            }
        }
    }

    private void report(Gpu gpu) {
        var residencies = new ArrayList<Residency>();
        var on = Set.of(Machines.deviceId(gpu));
        var loaded = setup.noColdStarts() ? workload.programs() : gpu.models();
        for (var program : loaded) {
            boolean idle = !gpu.isNeeded(program, events.now());
            residencies.add(new Residency(program.needs().function(), Residency.Tier.DEVICE, idle ? 1 : 0, 1, on));
        }
        for (var program : gpu.host.models()) {
            if (!gpu.has(program)) {
                residencies.add(new Residency(program.needs().function(), Residency.Tier.HOST, 0, 0, Set.of()));
            }
        }
        var load = new NodeLoad(acked[gpu.id], List.of(), residencies, false);
        events.after(setup.delay(), () -> {
            var view = view(gpu);
            view.report(load);
            scheduler.nodeChanged(view, events.now());
        });
    }
}
