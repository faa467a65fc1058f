/** Routing rules as the registry sees them: an expression that compiles, or a mistake at a place. */
@NullMarked
package dev.modulate.registry.rule;

import org.jspecify.annotations.NullMarked;
