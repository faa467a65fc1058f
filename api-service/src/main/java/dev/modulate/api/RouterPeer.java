package dev.modulate.api;

import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceStub;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;

/**
 * A router this API works with.
 *
 * @param name address or name, for logs, metrics and errors
 */
public record RouterPeer(String name, RouterServiceStub router, NodeServiceStub nodes) {}
