/** Routing rules under test. */
@NullMarked
package dev.modulate.router.rule;

import org.jspecify.annotations.NullMarked;
