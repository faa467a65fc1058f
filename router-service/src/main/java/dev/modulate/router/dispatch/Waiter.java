package dev.modulate.router.dispatch;

/**
 * An API that asked for a call.
 *
 * @param correlation of its request; answers carry it back
 * @param push true when it wants output and result pushed by the node
 */
record Waiter(ApiStream api, long correlation, boolean push) {}
