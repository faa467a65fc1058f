/** What goes over the router's streams and into promises, to and from the router's own records. */
@NullMarked
package dev.modulate.router.wire;

import org.jspecify.annotations.NullMarked;
