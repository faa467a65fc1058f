/** Routing rules that users write, as predicates for the placement. */
@NullMarked
package dev.modulate.router.rule;

import org.jspecify.annotations.NullMarked;
