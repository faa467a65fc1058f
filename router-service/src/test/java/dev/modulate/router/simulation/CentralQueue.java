package dev.modulate.router.simulation;

import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.Call;
import dev.modulate.router.scheduling.Order;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One queue for all, oldest first, to the fastest GPU that is free; blind to what is loaded where. */
final class CentralQueue extends PlainScheduler {
    private final ToDoubleFunction<NodeProfile> speed;
    private final Map<NodeId, NodeView> nodes = new LinkedHashMap<>();
    private final SequencedSet<Call> calls = new LinkedHashSet<>();

    CentralQueue(ToDoubleFunction<NodeProfile> speed) {
        this.speed = speed;
    }

    @Override
    public void nodeChanged(NodeView node, long now) {
        nodes.put(node.id(), node);
    }

    @Override
    public void arrived(Call call, long now) {
        calls.add(call);
    }

    @Override
    public @Nullable Order next(long now) {
        if (calls.isEmpty()) {
            return null;
        }
        var free = nodes.values().stream()
                .filter(NodeView::accepting)
                .sorted(Comparator.comparingDouble((NodeView node) -> speed.applyAsDouble(node.profile()))
                        .reversed())
                .toList();
        if (free.isEmpty()) {
            return null;
        }
        for (var call : calls) {
            for (var node : free) {
                var devices = node.fit(call.needs());
                if (devices != null) {
                    calls.remove(call);
                    return new Order.Dispatch(call, node, devices, Warmth.COLD, List.of());
                }
            }
        }
        return null;
    }

    @Override
    public int waiting() {
        return calls.size();
    }
}
