/** A Resonate server: the lane of this process behind HTTP and server-sent events. */
@NullMarked
package dev.modulate.resonate.server;

import org.jspecify.annotations.NullMarked;
