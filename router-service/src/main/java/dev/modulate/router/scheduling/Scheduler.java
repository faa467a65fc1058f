package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeView;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which call starts where, and when. Its owner tells it every event, then asks {@link #next} until it says
 * null, carrying out each order before it asks again or tells anything else. All times are nanoseconds of one clock that never goes back.
 *
 * <p>Not thread-safe: owned by whoever owns the {@link NodeView}s it is shown.
 */
public interface Scheduler {
    /** Whether a call would be taken now. Ask before anything durable is written; changes nothing. */
    Admission admit(Needs needs, String tenant, long now);

    /** After which time there most likely is room again, when too many wait. */
    Duration retryAfter();

    /** The call waits. Never refused: what was admitted may arrive late, and so do orphans of other routers. */
    void arrived(Call call, long now);

    /** The call waits no more, or never comes back from its node. Unknown ids are ignored. */
    void cancelled(String callId, long now);

    /** What was ordered last is with its node, and counted there with {@link NodeView#place}. */
    void placed(Order.Dispatch order, long now);

    /** A call could not be handed over to that node, or came back from it: it waits, before those like it, and avoids that node. */
    void turnedDown(String callId, NodeId by, long now);

    /** Nodes that the call has avoided may be tried again. */
    void avoidsNone(String callId, long now);

    /** A node is new, reported, freed something or changed its state. */
    void nodeChanged(NodeView node, long now);

    /** The node takes no part any more; what runs there ends one by one, or is cancelled. */
    void nodeLeft(NodeId id, long now);

    /** An execution that this scheduler did not order holds a part of the node: a node that came back restates it. */
    void restated(String callId, Holding holding, NodeId node, long now);

    /** The function of a dispatched call has begun to run; what passed before was its load. */
    void started(String callId, long now);

    /** The execution is over and its part of the node free: call {@link NodeView#free} before. */
    void ended(String callId, long now);

    /** A load that was ordered is done: the node has it. */
    void loaded(NodeView node, Needs needs, long now);

    /** A load that was ordered came to nothing, by fault of the function. */
    default void loadFailed(NodeView node, Needs needs, long now) {
        loaded(node, needs, now);
    }

    /** A load that was ordered was not begun, or was lost with its node. */
    default void loadRefused(NodeView node, Needs needs, long now) {
        loaded(node, needs, now);
    }

    /** Functions of which copies stay loaded, instead of those named before. One that keeps nothing loaded need not listen. */
    default void pins(Collection<Pin> pins) {}

    /** How many instances of which functions stay on a node, as of the last look. */
    default Map<FunctionKey, Integer> kept(NodeId node) {
        return Map.of();
    }

    /** How far the pin of a function is fulfilled; null when it has none. */
    default @Nullable PinStanding standing(FunctionKey function) {
        return null;
    }

    /** The node that is held for one call; null when none is. One that holds none need not answer. */
    default @Nullable HeldNode held() {
        return null;
    }

    /** Looks again at everything that waits. Call every {@link #LOOK_PERIOD_MILLIS}. */
    void look(long now);

    /** What to do next; null when nothing until the next event. */
    @Nullable
    Order next(long now);

    /** Calls that wait. */
    int waiting();

    /** Place of a call among those of its function, from 1; zero when it does not wait. */
    int position(String callId);

    /** Seconds after which it would be done if it started on the node now, with what that costs others; infinite when it does not fit. */
    double cost(NodeView node, Needs needs, long now);

    long LOOK_PERIOD_MILLIS = 250;
}
