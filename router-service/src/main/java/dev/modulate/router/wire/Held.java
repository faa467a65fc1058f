package dev.modulate.router.wire;

import dev.modulate.router.placement.Holding;

/**
 * An assignment that a node holds while it opens a stream.
 *
 * @param ownerPid under which its lease is heartbeaten
 * @param update where it stands
 */
public record Held(TaskVersion task, String ownerPid, Holding holding, NodeUpdate update) {}
