package dev.modulate.registry;

import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.artifact.ArtifactFolder;
import dev.modulate.registry.proto.RegistryProto;
import java.util.Optional;

/** Artifacts for threads that may block: their facts are in the catalogue, their bytes in the folder. */
record ArtifactShelf(Catalogue catalogue, CatalogueLane lane, ArtifactFolder folder) {
    Optional<Artifact> find(String sha256) {
        return lane.ask(() -> catalogue.artifact(sha256));
    }

    /** The bytes are in the folder: from now on functions may name them. */
    void add(Artifact artifact) {
        lane.ask(() -> {
            catalogue.putArtifact(artifact);
            return artifact;
        });
    }

    /** Refuses a text that is no digest, and a digest that was never uploaded. */
    Artifact existing(String sha256) {
        return find(RegistryProto.digest("sha256", sha256))
                .orElseThrow(() -> GrpcErrors.notFound("artifact " + sha256));
    }
}
