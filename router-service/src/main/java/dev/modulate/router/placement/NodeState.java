package dev.modulate.router.placement;

/** Whether work is placed on a node. Only {@link #ACTIVE} takes any. */
public enum NodeState {
    ACTIVE,
    STALE,
    DRAINING,
    DRAINED,
    DETACHED
}
