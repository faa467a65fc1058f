package dev.modulate.router.placement;

import java.util.List;

/** What to say of an execution that no node takes now. */
final class NoRoom {
    private NoRoom() {}

    static Decision decide(List<NodeView> pool, Needs needs) {
        boolean attached = false;
        for (var node : pool) {
            if (node.state() == NodeState.DETACHED) {
                continue;
            }
            attached = true;
            if (node.couldEverFit(needs)) {
                return new Decision.Wait(Decision.Reason.NO_CAPACITY);
            }
        }
        return attached
                ? new Decision.Refuse("no attached node of pool " + needs.pool()
                        + " could run it even when empty: see ExplainPlacement")
                : new Decision.Wait(Decision.Reason.NO_NODE);
    }
}
