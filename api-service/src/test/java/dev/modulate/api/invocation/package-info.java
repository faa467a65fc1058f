/** Tests of how a request becomes a call. */
@NullMarked
package dev.modulate.api.invocation;

import org.jspecify.annotations.NullMarked;
