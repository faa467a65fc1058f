package dev.modulate.api.invocation;

import dev.modulate.api.catalogue.Catalogue;
import dev.modulate.api.promise.Promises;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * News up the service of users.
 *
 * @param freshIds ids for calls without one; ordered by time
 * @param registryWait longest wait for the first snapshot of functions
 * @param registry name of the registry, for errors
 */
public record InvocationParts(
        Desk desk,
        String tenant,
        Catalogue catalogue,
        Promises promises,
        Supplier<String> freshIds,
        Duration defaultTtl,
        Duration cancelGrace,
        Duration registryWait,
        String registry) {
    public InvocationGrpc service() {
        var rules = new Intake.Rules(defaultTtl, registryWait, registry);
        return new InvocationGrpc(
                desk,
                new Intake(tenant, catalogue, promises, rules, freshIds, desk.clock()),
                new Listing(tenant, promises, desk.reading()),
                new Cancelling(desk, promises, cancelGrace));
    }
}
