/** Tests of placement. */
@NullMarked
package dev.modulate.router.placement;

import org.jspecify.annotations.NullMarked;
