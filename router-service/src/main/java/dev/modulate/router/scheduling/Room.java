package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import java.util.List;

/**
 * What has to go so that something fits.
 *
 * @param priceSeconds already weighted; infinite when room would have to come from what is pinned
 * @param victims in the order in which they go
 */
record Room(double priceSeconds, List<FunctionKey> victims) {
    static final Room ENOUGH = new Room(0, List.of());
}
