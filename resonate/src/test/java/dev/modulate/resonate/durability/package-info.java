/** Processes that are killed in the middle of writing, and what they must not lose. */
@NullMarked
package dev.modulate.resonate.durability;

import org.jspecify.annotations.NullMarked;
