/** Which node takes an execution: a view of the fleet, what an execution needs, and where it packs best. No clock, no IO. */
@NullMarked
package dev.modulate.router.placement;

import org.jspecify.annotations.NullMarked;
