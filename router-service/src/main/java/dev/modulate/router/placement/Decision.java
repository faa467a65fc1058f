package dev.modulate.router.placement;

import java.util.List;

/** What a policy says about one execution now. */
public sealed interface Decision {
    /** Reserve and send. */
    record Place(NodeView node, List<DeviceReservation> devices, Warmth warmth) implements Decision {
        public Place {
            devices = List.copyOf(devices);
        }
    }

    /** Nothing fits now. */
    record Wait(Reason reason) implements Decision {}

    /** No attached node of the pool could take it even when empty. What is durable waits nevertheless. */
    record Refuse(String why) implements Decision {}

    /** What an execution waits for. */
    enum Reason {
        NO_NODE("a node of its pool"),
        NO_CAPACITY("a node with room");

        private final String words;

        Reason(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }
    }
}
