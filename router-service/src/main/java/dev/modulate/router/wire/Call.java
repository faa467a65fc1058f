package dev.modulate.router.wire;

import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.scheduling.Priority;

/**
 * One call of a function: the pinned record, which the router passes on unread, and what it decides by.
 *
 * @param record goes into the promise and to the node as it is
 */
public record Call(InvocationRecord record, Needs needs, RetryRule retry, Priority priority) {}
