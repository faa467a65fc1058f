package dev.modulate.router.simulation;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.scheduling.Admission;
import dev.modulate.router.scheduling.Order;
import dev.modulate.router.scheduling.Scheduler;
import java.time.Duration;

/** A scheduler to compare with: takes everything, learns nothing but what its subclass asks for. */
abstract class PlainScheduler implements Scheduler {
    @Override
    public Admission admit(Needs needs, String tenant, long now) {
        return Admission.ACCEPTED;
    }

    @Override
    public Duration retryAfter() {
        return Duration.ZERO;
    }

    @Override
    public void cancelled(String callId, long now) {}

    @Override
    public void placed(Order.Dispatch order, long now) {}

    @Override
    public void turnedDown(String callId, NodeId by, long now) {}

    @Override
    public void avoidsNone(String callId, long now) {}

    @Override
    public void nodeChanged(NodeView node, long now) {}

    @Override
    public void nodeLeft(NodeId id, long now) {}

    @Override
    public void restated(String callId, Holding holding, NodeId node, long now) {}

    @Override
    public void started(String callId, long now) {}

    @Override
    public void ended(String callId, long now) {}

    @Override
    public void loaded(NodeView node, Needs needs, long now) {}

    @Override
    public void look(long now) {}

    @Override
    public int waiting() {
        return 0;
    }

    @Override
    public int position(String callId) {
        return 0;
    }

    @Override
    public double cost(NodeView node, Needs needs, long now) {
        return 0;
    }
}
