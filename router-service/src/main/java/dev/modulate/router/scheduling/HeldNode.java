package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeId;

/** A node on which nothing else starts until a call that has waited too long has. */
public record HeldNode(NodeId node, String callId) {}
