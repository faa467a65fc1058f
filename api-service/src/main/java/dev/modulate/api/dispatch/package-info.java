/** The way from the API to the routers. */
@NullMarked
package dev.modulate.api.dispatch;

import org.jspecify.annotations.NullMarked;
