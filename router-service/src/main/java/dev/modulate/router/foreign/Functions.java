package dev.modulate.router.foreign;

import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.ServerStream;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.observability.link.UnaryAnswer;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionEntry;
import dev.modulate.registry.v1.FunctionKey;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.ResolveFunctionResponse;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import dev.modulate.router.wire.Pinned;
import dev.modulate.router.wire.Specs;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The router's view of the registry, fed by its watch stream. It asks the registry only for versions that the stream does
 * not tell, and for aliases that share their calls out.
 *
 * <p>Written by the stream alone; read by any thread.
 */
public final class Functions implements Deployed, AutoCloseable {
    private static final String FUNCTIONS = "modulate.router.functions";
    private static final Duration RESOLVE_TIMEOUT = Duration.ofSeconds(2);
    private static final int REQUESTS_MAX = 1;
    private static final long NO_REVISION = -1;

    /** Versions of which copies may be kept. */
    private static final int PINNED_MAX = 10_000;

    private final RegistryServiceStub registry;
    private final StreamLink<WatchFunctionsRequest, WatchFunctionsResponse> link;
    private volatile Map<FunctionKey, FunctionEntry> entries = new ConcurrentHashMap<>();
    private volatile long revision = NO_REVISION;
    private Runnable pinListener = () -> {};
    private @Nullable Map<FunctionKey, FunctionEntry> snapshot;

    /** @param peer address or name of the registry, for logs and metrics */
    public Functions(
            RegistryServiceStub registry,
            String peer,
            ScheduledExecutorService timer,
            RandomGenerator random,
            MeterRegistry meters) {
        this.registry = registry;
        this.link =
                new StreamLink<>("router-functions", peer, this::dial, new Feed(), REQUESTS_MAX, timer, random, meters);
        Gauge.builder(FUNCTIONS, this, view -> view.entries.size())
                .description("Functions the router knows")
                .register(meters);
    }

    public void start() {
        link.start();
    }

    @Override
    public void close() {
        link.close();
    }

    /** The version that a reference names; empty when the view cannot say it. */
    public Optional<FunctionVersion> version(String tenant, FunctionRef function) {
        return Optional.ofNullable(entries.get(key(tenant, function.getName())))
                .map(entry -> named(entry, function.getQualifier()));
    }

    /** Hears when functions of which copies are kept may have changed. Set once, before {@link #start}. */
    public void onPins(Runnable listener) {
        pinListener = listener;
    }

    /** False while nobody has said what functions there are. */
    public boolean isKnown() {
        return revision != NO_REVISION;
    }

    /** Versions that ask for copies that stay: the newest of each function, and those that aliases name. */
    public List<Pinned> pinned(Specs specs) {
        var found = new ArrayList<Pinned>();
        for (var entry : entries.values()) {
            var function = entry.getFunction();
            for (var version : entry.getVersionsList()) {
                var pinned = isReached(function, version.getVersion())
                        ? specs.pinned(function.getTenant(), function.getName(), version)
                        : null;
                if (pinned != null && found.size() < PINNED_MAX) {
                    found.add(pinned);
                }
            }
        }
        return found;
    }

    private static boolean isReached(Function function, long version) {
        return function.getVersion() == version
                || function.getAliasesList().stream()
                        .flatMap(alias -> alias.getTargetsList().stream())
                        .anyMatch(target -> target.getVersion() == version);
    }

    @Override
    public CompletableFuture<Found> find(Wanted wanted) {
        if (revision == NO_REVISION || !link.connected()) {
            return CompletableFuture.completedFuture(new Found.Unknown());
        }
        var entry = entries.get(key(wanted.tenant(), wanted.name()));
        if (entry == null) {
            return CompletableFuture.completedFuture(new Found.Missing(wanted.name() + " not found"));
        }
        var version = named(entry, wanted.qualifier());
        return version == null ? resolve(wanted) : CompletableFuture.completedFuture(new Found.Version(version));
    }

    private static @Nullable FunctionVersion named(FunctionEntry entry, String qualifier) {
        long number = number(entry, qualifier);
        for (var version : entry.getVersionsList()) {
            if (version.getVersion() == number) {
                return version;
            }
        }
        return null;
    }

    /** Zero when the view cannot say it. */
    private static long number(FunctionEntry entry, String qualifier) {
        if (qualifier.isEmpty()) {
            return entry.getFunction().getVersion();
        }
        if (Character.isDigit(qualifier.charAt(0))) {
            return Long.parseLong(qualifier);
        }
        for (var alias : entry.getFunction().getAliasesList()) {
            if (alias.getName().endsWith("/aliases/" + qualifier) && alias.getTargetsCount() == 1) {
                return alias.getTargets(0).getVersion();
            }
        }
        return 0;
    }

    private CompletableFuture<Found> resolve(Wanted wanted) {
        var answer = new UnaryAnswer<ResolveFunctionResponse>();
        registry.withDeadlineAfter(RESOLVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .resolveFunction(
                        ResolveFunctionRequest.newBuilder()
                                .setName(wanted.name())
                                .setQualifier(wanted.qualifier())
                                .setKey(wanted.key())
                                .build(),
                        answer);
        return answer.future().handle((response, cause) -> {
            if (response != null) {
                return new Found.Version(response.getVersion());
            }
            var status = Status.fromThrowable(cause);
            return switch (status.getCode()) {
                case NOT_FOUND, INVALID_ARGUMENT -> new Found.Missing("" + status.getDescription());
                default -> new Found.Unknown();
            };
        });
    }

    private StreamObserver<WatchFunctionsRequest> dial(StreamObserver<WatchFunctionsResponse> responses) {
        var call = new ServerStream<WatchFunctionsRequest, WatchFunctionsResponse>(responses);
        registry.watchFunctions(
                WatchFunctionsRequest.newBuilder()
                        .setSinceRevision(Math.max(revision, 0))
                        .build(),
                call);
        return call.requests();
    }

    private void apply(WatchFunctionsResponse change) {
        switch (change.getChangeCase()) {
            case SNAPSHOT_BEGIN -> snapshot = new ConcurrentHashMap<>();
            case UPSERTED -> {
                var function = change.getUpserted().getFunction();
                written().put(key(function.getTenant(), function.getName()), change.getUpserted());
            }
            case DELETED ->
                written()
                        .remove(key(
                                change.getDeleted().getTenant(),
                                change.getDeleted().getName()));
            case SNAPSHOT_END -> {
                if (snapshot != null) {
                    entries = snapshot;
                    snapshot = null;
                }
            }
            case CHANGE_NOT_SET -> {}
        }
        if (snapshot == null) {
            revision = change.getRevision();
            pinListener.run();
        }
    }

    private Map<FunctionKey, FunctionEntry> written() {
        return snapshot == null ? entries : snapshot;
    }

    private static FunctionKey key(String tenant, String name) {
        return FunctionKey.newBuilder().setTenant(tenant).setName(name).build();
    }

    private final class Feed implements StreamLink.Owner<WatchFunctionsRequest, WatchFunctionsResponse> {
        @Override
        public void opened(Outbox<WatchFunctionsRequest> outbox) {}

        @Override
        public void received(WatchFunctionsResponse message) {
            apply(message);
        }

        @Override
        public void ended(Throwable cause) {
            snapshot = null;
        }
    }
}
