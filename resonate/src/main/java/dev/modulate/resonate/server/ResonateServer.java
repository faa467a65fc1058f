package dev.modulate.resonate.server;

import com.linecorp.armeria.server.ServerBuilder;
import dev.modulate.resonate.embedded.EmbeddedResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.server.auth.Access;
import dev.modulate.resonate.server.auth.Tokens;
import dev.modulate.resonate.server.delivery.HttpPush;
import dev.modulate.resonate.server.delivery.Messages;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Wires a Resonate server: the store, the lane, and the two ways to it, in process and over HTTP. */
public final class ResonateServer implements AutoCloseable {
    private static final String PENDING = "modulate.resonate.promises.pending";
    private static final String CONNECTIONS = "modulate.resonate.poll.connections";

    private final PromiseStore store;
    private final PromiseLane lane;
    private final PollGroups groups;
    private final Messages messages;
    private final Resonate resonate;
    private final HttpRoutes routes;

    public ResonateServer(
            ResonateSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.store = RocksStore.open(settings.data());
        this.groups = new PollGroups(random, settings.pollConnectionsMax());
        this.messages = new Messages(groups, new HttpPush(settings.push()), random, meters);
        var rules = new Rules(settings.taskRetry().toMillis());
        this.lane = new PromiseLane(new Machine(rules), store, messages, clock);
        this.resonate = new MeteredResonate(new EmbeddedResonate(lane, groups, random), meters, nanoTime);
        var access = new Access(Tokens.of(settings.auth(), clock));
        this.routes = new HttpRoutes(new FrontDoor(lane, access, new OperationMeters(meters), nanoTime), groups);
        Gauge.builder(PENDING, lane, PromiseLane::pendingCount)
                .description("Promises that are not settled")
                .register(meters);
        Gauge.builder(CONNECTIONS, groups, PollGroups::size)
                .description("Listeners for messages")
                .register(meters);
    }

    /** The promises of this process without HTTP. */
    public Resonate resonate() {
        return resonate;
    }

    /** Adds the protocol's routes to a server. */
    public void mount(ServerBuilder server) {
        routes.mount(server);
    }

    /** Reads what is pending; operations are served from then on. */
    public void start() {
        lane.start();
    }

    @Override
    public void close() {
        routes.close();
        lane.close();
        messages.close();
        store.close();
    }
}
