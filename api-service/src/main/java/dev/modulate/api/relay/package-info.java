/** Calls that belong to the registry or the routers, passed on, so that users need one address. */
@NullMarked
package dev.modulate.api.relay;

import org.jspecify.annotations.NullMarked;
