/** Tests of what goes over the streams. */
@NullMarked
package dev.modulate.router.wire;

import org.jspecify.annotations.NullMarked;
