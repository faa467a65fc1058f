package dev.modulate.router.simulation;

import dev.modulate.router.scheduling.BindingRule;
import dev.modulate.router.scheduling.Prospect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** What one router that binds early knows: the newest report of each GPU, and what it has sent there since. */
final class RouterView {
    private static final double WANTED_WITHIN_SECONDS = 60;

    final Workload workload;
    final Estimates estimates;
    private final int router;
    private final Seen[] seen;
    private final BitSet[] hosts;
    private final List<List<Integer>> warm = new ArrayList<>();

    /** True backlogs, for the reference that knows them; by GPU. */
    private IntToDoubleFunction oracle = gpu -> Double.NaN;

    private static final class Seen {
        int count;
        double backlogSeconds;
        long at;
        List<Integer> models = List.of();
        final BitSet loaded = new BitSet();
        final Deque<Sent> unacked = new ArrayDeque<>();
        double unackedSeconds;
        long sequence;
    }

    private record Sent(long sequence, int program, double seconds) {}

    RouterView(int router, Workload workload, Estimates estimates) {
        this.router = router;
        this.workload = workload;
        this.estimates = estimates;
        this.seen = new Seen[workload.gpus().size()];
        for (int i = 0; i < seen.length; i++) {
            seen[i] = new Seen();
        }
        this.hosts = new BitSet[workload.hosts()];
        for (int i = 0; i < hosts.length; i++) {
            hosts[i] = new BitSet();
        }
        workload.programs().forEach(program -> warm.add(new ArrayList<>()));
    }

    void knowing(IntToDoubleFunction trueBacklogSeconds) {
        oracle = trueBacklogSeconds;
    }

    double speed(int gpu) {
        return workload.gpus().get(gpu).speed();
    }

    boolean fits(int gpu, int program) {
        return workload.programs().get(program).memoryMib()
                <= workload.gpus().get(gpu).memoryMib();
    }

    int count(int gpu) {
        return seen[gpu].count + seen[gpu].unacked.size();
    }

    double backlogSeconds(int gpu, long now) {
        double truth = oracle.applyAsDouble(gpu);
        double reported = Math.max(0, seen[gpu].backlogSeconds - (now - seen[gpu].at) / 1e9);
        return (Double.isNaN(truth) ? reported : truth) + seen[gpu].unackedSeconds;
    }

    boolean has(int gpu, int program) {
        return seen[gpu].loaded.get(program);
    }

    /** Zero when it is there, or has been sent there by this router. */
    double loadSeconds(int gpu, int program) {
        if (has(gpu, program)) {
            return 0;
        }
        for (var sent : seen[gpu].unacked) {
            if (sent.program == program) {
                return 0;
            }
        }
        return coldLoadSeconds(gpu, program);
    }

    private double coldLoadSeconds(int gpu, int program) {
        var wanted = workload.programs().get(program);
        boolean onHost = hosts[workload.gpus().get(gpu).host()].get(program);
        return onHost ? wanted.hostLoadSeconds() : wanted.remoteLoadSeconds();
    }

    double runSeconds(int gpu, int program) {
        return estimates.runSeconds(program) / speed(gpu);
    }

    /** Chance that each victim is wanted again soon, shared by its replicas, times its load. */
    double evictionSeconds(int gpu, int program, long now) {
        int over = workload.programs().get(program).memoryMib()
                - workload.gpus().get(gpu).memoryMib();
        for (int model : seen[gpu].models) {
            over += workload.programs().get(model).memoryMib();
        }
        double price = 0;
        for (int i = 0; i < seen[gpu].models.size() && over > 0; i++) {
            int victim = seen[gpu].models.get(i);
            over -= workload.programs().get(victim).memoryMib();
            double wanted = estimates.ratePerSecond(victim, now)
                    * WANTED_WITHIN_SECONDS
                    / Math.max(1, warm.get(victim).size());
            price += Math.min(1, wanted) * coldLoadSeconds(gpu, victim);
        }
        return price;
    }

    /** Notes what it sends; the number under which the GPU acknowledges it. */
    long sends(int gpu, int program, double seconds) {
        var there = seen[gpu];
        there.unacked.add(new Sent(++there.sequence, program, seconds));
        there.unackedSeconds += seconds;
        return there.sequence;
    }

    void heard(Report report) {
        var there = seen[report.gpu()];
        there.count = report.count();
        there.backlogSeconds = report.backlogSeconds();
        there.at = report.at();
        if (!there.models.equals(report.models())) {
            models(report.gpu(), report.models());
        }
        hosts[workload.gpus().get(report.gpu()).host()] = report.hostModels();
        long acked = report.acked().get(router);
        while (!there.unacked.isEmpty() && there.unacked.peek().sequence <= acked) {
            there.unackedSeconds -= there.unacked.remove().seconds;
        }
        if (there.unacked.isEmpty()) {
            there.unackedSeconds = 0;
        }
    }

    private void models(int gpu, List<Integer> models) {
        var there = seen[gpu];
        for (int model : there.models) {
            warm.get(model).removeIf(other -> other == gpu);
            there.loaded.clear(model);
        }
        for (int model : models) {
            warm.get(model).add(gpu);
            there.loaded.set(model);
        }
        there.models = models;
    }

    /** What a call sees. One GPU is one node with one slot. */
    Prospect prospect(int program, long now) {
        return new Prospect() {
            @Override
            public int nodes() {
                return seen.length;
            }

            @Override
            public boolean fits(int node) {
                return RouterView.this.fits(node, program);
            }

            @Override
            public int count(int node) {
                return RouterView.this.count(node);
            }

            @Override
            public int slots(int node) {
                return 1;
            }

            @Override
            public double speed(int node) {
                return RouterView.this.speed(node);
            }

            @Override
            public double backlogSeconds(int node) {
                return RouterView.this.backlogSeconds(node, now);
            }

            @Override
            public double loadSeconds(int node) {
                return RouterView.this.loadSeconds(node, program);
            }

            @Override
            public double evictionSeconds(int node) {
                return RouterView.this.evictionSeconds(node, program, now);
            }

            @Override
            public double runSeconds(int node) {
                return RouterView.this.runSeconds(node, program);
            }

            @Override
            public List<Integer> warm() {
                return warm.get(program);
            }

            @Override
            public long hash(int node) {
                return BindingRule.hash(program, node);
            }
        };
    }
}
