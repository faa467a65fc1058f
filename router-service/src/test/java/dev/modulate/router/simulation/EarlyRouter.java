package dev.modulate.router.simulation;

import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.BindingRule;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.Order;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A scheduler that gives every call away when it comes, by the view its router has. */
final class EarlyRouter extends PlainScheduler {
    private final RouterView view;
    private final BindingRule rule;
    private final RandomGenerator random;
    private final List<NodeView> nodes = new ArrayList<>();
    private final Map<String, Integer> programs = new HashMap<>();
    private final Deque<Call> arrived = new ArrayDeque<>();

    EarlyRouter(RouterView view, BindingRule rule, RandomGenerator random) {
        this.view = view;
        this.rule = rule;
        this.random = random;
        view.workload
                .programs()
                .forEach(program -> programs.put(program.needs().function().value(), program.id()));
    }

    /** In the order of the view's GPUs. */
    @Override
    public void nodeChanged(NodeView node, long now) {
        nodes.add(node);
    }

    @Override
    public void arrived(Call call, long now) {
        arrived.add(call);
    }

    @Override
    public @Nullable Order next(long now) {
        var call = arrived.poll();
        if (call == null) {
            return null;
        }
        Integer program = programs.get(call.needs().function().value());
        if (program == null) {
            throw new IllegalStateException("not of this workload: " + call);
        }
        int gpu = rule.choose(view.prospect(program, now), random);
        var warmth = view.has(gpu, program) ? Warmth.IDLE : Warmth.COLD;
        return new Order.Dispatch(call, nodes.get(gpu), List.of(), warmth, List.of());
    }
}
