/** The protocol's JSON: what the client and the server put on the wire. */
@NullMarked
package dev.modulate.resonate.wire;

import org.jspecify.annotations.NullMarked;
