/** Durable tasks: keeping their leases and settling their promises. */
@NullMarked
package dev.modulate.executor.lease;

import org.jspecify.annotations.NullMarked;
