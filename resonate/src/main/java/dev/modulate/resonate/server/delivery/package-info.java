/** Takes messages to their addresses, whatever kind of address it is. */
@NullMarked
package dev.modulate.resonate.server.delivery;

import org.jspecify.annotations.NullMarked;
