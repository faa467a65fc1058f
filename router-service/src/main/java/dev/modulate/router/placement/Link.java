package dev.modulate.router.placement;

/** Whether several devices must reach each other fast. */
public enum Link {
    /** One link group when one has room, else any devices of the node. */
    PREFERRED,
    /** One link group or none at all. */
    REQUIRED
}
