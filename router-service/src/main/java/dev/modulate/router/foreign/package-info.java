/** Calls of functions by programs of a Resonate SDK, which know promises and nothing of this platform. */
@NullMarked
package dev.modulate.router.foreign;

import org.jspecify.annotations.NullMarked;
