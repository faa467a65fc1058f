/** Tests of the router as a whole. */
@NullMarked
package dev.modulate.router;

import org.jspecify.annotations.NullMarked;
