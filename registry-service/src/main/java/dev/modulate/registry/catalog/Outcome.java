package dev.modulate.registry.catalog;

import org.jspecify.annotations.Nullable;

/** What a change does to the catalogue. */
public sealed interface Outcome {
    /** @param added the new version; null when only aliases changed */
    record Written(CatalogFunction function, @Nullable CatalogVersion added) implements Outcome {}

    /** All is as asked already: nothing is written and no revision is used. */
    record Unchanged(CatalogFunction function) implements Outcome {}

    record Removed(FunctionName name, long revision) implements Outcome {}

    record Refused(Refusal refusal) implements Outcome {}
}
