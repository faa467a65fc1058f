package dev.modulate.router.simulation;

import dev.modulate.router.placement.NodeView;
import dev.modulate.router.scheduling.BindingRule;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Several routers that bind early, each with a view that its GPUs' reports make; calls queue at the GPUs. */
final class EarlyRun {
    private final Workload workload;
    private final Setup setup;
    private final Random random;
    private final Machines machines;
    private final Estimates estimates;
    private final Events events = new Events();
    private final List<RouterView> views = new ArrayList<>();
    private final List<EarlyRouter> routers = new ArrayList<>();
    private final List<EarlyGpu> gpus = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    private int ended;

    /** @param knowing whether routers know every backlog exactly */
    EarlyRun(Workload workload, Setup setup, BindingRule rule, boolean knowing, long seed) {
        this.workload = workload;
        this.setup = setup;
        this.random = new Random(seed);
        this.machines = new Machines(workload, setup);
        this.estimates = new Estimates(workload.programs().size());
        for (var gpu : machines.gpus()) {
            gpus.add(new EarlyGpu(gpu, machines, estimates, events, setup));
        }
        for (int i = 0; i < setup.routers(); i++) {
            var view = new RouterView(i, workload, estimates);
            if (knowing) {
                view.knowing(gpu -> gpus.get(gpu).trueBacklogSeconds());
            }
            views.add(view);
            routers.add(new EarlyRouter(view, rule, random));
        }
    }

    Figures run() {
        for (var gpu : machines.gpus()) {
            var node = new NodeView(Machines.profile(gpu));
            routers.forEach(router -> router.nodeChanged(node, 0));
            events.after((long) (random.nextDouble() * setup.report()), () -> reportAlways(gpus.get(gpu.id)));
        }
        for (var arrival : workload.arrivals()) {
            requests.add(new Request(requests.size(), workload.programs().get(arrival.program()), arrival));
        }
        arriveAt(0);
        while (ended < requests.size() && events.step()) {}
        return Figures.of(requests, machines.gpus());
    }

    private void reportAlways(EarlyGpu gpu) {
        var report = gpu.report();
        events.after(setup.delay(), () -> views.forEach(view -> view.heard(report)));
        events.after(setup.report(), () -> reportAlways(gpu));
    }

    private void arriveAt(int index) {
        var request = requests.get(index);
        events.at(request.arrivedAt, () -> {
            if (index + 1 < requests.size()) {
                arriveAt(index + 1);
            }
            arrive(request);
        });
    }

    private void arrive(Request request) {
        int program = request.program.id();
        estimates.called(program, events.now());
        int router = random.nextInt(routers.size());
        var call = new Call(
                Integer.toString(request.id),
                request.program.needs(),
                request.program.tenant(),
                Priority.NORMAL,
                request.arrivedAt,
                Call.NO_DEADLINE);
        routers.get(router).arrived(call, events.now());
        if (!(routers.get(router).next(events.now()) instanceof Order.Dispatch dispatch)) {
            throw new IllegalStateException("a router that binds early kept " + call);
        }
        int gpu = machines.gpu(dispatch.node().id()).id;
        var view = views.get(router);
        double seconds = view.runSeconds(gpu, program) + view.loadSeconds(gpu, program);
        var work = new EarlyGpu.Work(request, router, view.sends(gpu, program, seconds), seconds);
        events.after(setup.delay(), () -> gpus.get(gpu).take(work, done -> ended++));
    }
}
