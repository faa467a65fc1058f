package dev.modulate.router.wire;

import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.router.placement.Needs;

/**
 * A function version of which copies are kept warm.
 *
 * @param program a call of it without an input: what nodes need to start it
 */
public record Pinned(InvocationRecord program, Needs needs, int copies) {}
