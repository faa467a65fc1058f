package dev.modulate.router.foreign;

import dev.modulate.registry.v1.FunctionVersion;
import java.util.concurrent.CompletableFuture;

/** Functions that are deployed now. */
public interface Deployed {
    /** Never fails; may complete on a thread that must not be blocked. */
    CompletableFuture<Found> find(Wanted wanted);

    /**
     * A function as a call names it.
     *
     * @param name {@code functions/{function}}
     * @param qualifier version number, alias, or empty for the newest
     * @param key decides between the targets of a weighted alias
     */
    record Wanted(String tenant, String name, String qualifier, String key) {}

    /** What the registry has under a name. */
    sealed interface Found {
        record Version(FunctionVersion version) implements Found {}

        /** @param message names what there is not */
        record Missing(String message) implements Found {}

        /** The registry does not answer now. */
        record Unknown() implements Found {}
    }
}
