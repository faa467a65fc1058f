/** Calls: taken in, waited for, read, listed, cancelled and watched. */
@NullMarked
package dev.modulate.api.invocation;

import org.jspecify.annotations.NullMarked;
