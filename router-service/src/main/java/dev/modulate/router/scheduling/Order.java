package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Warmth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a scheduler wants done. */
public sealed interface Order {
    /**
     * Send the call to the node, count it there with {@link NodeView#place}, and say so with {@link Scheduler#placed}, or else that
     * it was {@link Scheduler#turnedDown}: until then the call waits.
     *
     * @param evictions functions whose idle instances make room, cheapest to lose first; a node that knows better may choose others
     */
    record Dispatch(
            Call call, NodeView node, List<DeviceReservation> devices, Warmth warmth, List<FunctionKey> evictions)
            implements Order {
        public Dispatch {
            devices = List.copyOf(devices);
            evictions = List.copyOf(evictions);
        }
    }

    /**
     * Make the function warm on the node beside what runs there; no call is bound to it. The scheduler counts on it, unless it
     * hears otherwise.
     *
     * @param like a call that waits for it; null for a copy that is to be kept
     */
    record Load(
            Needs needs,
            @Nullable Call like,
            NodeView node,
            List<DeviceReservation> devices,
            List<FunctionKey> evictions)
            implements Order {
        public Load {
            devices = List.copyOf(devices);
            evictions = List.copyOf(evictions);
        }
    }

    /** Nothing can be done about what was looked at so far. Ask for the rest, after other events if there are any. */
    record AskAgain() implements Order {
        static final AskAgain NOW = new AskAgain();
    }

    /** The call's deadline has passed while it waited; the scheduler has forgotten it. */
    record Expire(Call call) implements Order {}
}
