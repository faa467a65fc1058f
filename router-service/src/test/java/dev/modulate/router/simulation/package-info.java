/**
 * A discrete-event simulator of executors under a scheduler: workloads, GPUs with memory, loads and queues. Drives the
 * same scheduler classes as the router, so that a policy is judged before it is run. One slot is one GPU.
 */
@NullMarked
package dev.modulate.router.simulation;

import org.jspecify.annotations.NullMarked;
