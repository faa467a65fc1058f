package dev.modulate.registry.store;

import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.catalog.CatalogEntry;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * Keeps functions, their versions and the facts of artifacts. One owner: calls come from one thread at a time, so what
 * was read holds until the owner writes. A write is durable when it returns.
 */
public interface CatalogStore extends AutoCloseable {
    /** What changed after a revision. */
    sealed interface Changes {
        /** @param latest the last change of each function that changed, in revision order */
        record Known(List<Change> latest) implements Changes {}

        /** The revision is not of this catalogue, or older than the change log goes back. */
        record Forgotten() implements Changes {}
    }

    /** A function has changed. */
    record Change(FunctionName name, long revision) {}

    void open();

    /** Revision of the last change. A new catalogue starts so high that no revision of another before it is repeated. */
    long revision();

    Optional<CatalogFunction> function(FunctionName name);

    /** In name order. */
    List<CatalogFunction> functions(String tenant, String afterId, int max);

    /** Of all tenants, in order of tenant and name. */
    List<FunctionName> names();

    long functionCount();

    Optional<CatalogVersion> version(FunctionName name, long number);

    /** Newest first. */
    List<CatalogVersion> versions(FunctionName name, long below, int max);

    /** The newest version that a function of this name ever had, deleted ones too; zero if there was none. */
    long lastVersion(FunctionName name);

    Optional<CatalogEntry> entry(FunctionName name);

    /** Writes a change under the revision it carries, which must be the next one. */
    void write(Outcome.Written change);

    /** Writes a change under the revision it carries, which must be the next one. */
    void remove(Outcome.Removed change);

    Changes changesSince(long revision);

    Optional<Artifact> artifact(String sha256);

    /** Idempotent. */
    void putArtifact(Artifact artifact);

    @Override
    void close();
}
