package dev.modulate.registry;

import dev.modulate.registry.artifact.ArtifactFolder;
import dev.modulate.registry.store.CatalogStore;
import dev.modulate.registry.store.SqliteCatalogStore;
import io.grpc.BindableService;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;

/** The registry, whole, but for the server that shows it to the network. */
public final class Registry implements AutoCloseable {
    private final CatalogStore store;
    private final ArtifactFolder folder;
    private final CatalogueLane lane;
    private final FunctionWatches watches;
    private final Catalogue catalogue;
    private final Transfers transfers;
    private final RegistryGrpc service;

    public Registry(RegistrySettings settings, MeterRegistry meters, InstantSource clock) {
        this.store = new SqliteCatalogStore(settings.data().resolve("catalogue.db"), clock);
        this.folder = new ArtifactFolder(settings.data().resolve("artifacts"));
        this.lane = new CatalogueLane(meters);
        this.watches = new FunctionWatches(store, lane, meters);
        this.catalogue = new Catalogue(store, watches, meters, clock);
        var shelf = new ArtifactShelf(catalogue, lane, folder);
        this.transfers = new Transfers(shelf, settings.artifactSizeBytesMax(), meters);
        this.service = new RegistryGrpc(catalogue, lane, watches, transfers);
    }

    public List<BindableService> services() {
        return List.of(service);
    }

    /** Opens the catalogue and the folder of artifacts. Call before the services are called. */
    public void start() {
        store.open();
        folder.open();
        catalogue.opened();
    }

    /** Ends watches and transfers, lets the calls finish that are on their way, and lets go of the data. */
    @Override
    public void close() {
        transfers.close();
        lane.tell(watches::close);
        lane.close();
        store.close();
    }
}
