package dev.modulate.resonate.server;

import com.linecorp.armeria.server.ServerBuilder;
import dev.modulate.resonate.embedded.EmbeddedResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.lane.Retention;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.server.auth.Access;
import dev.modulate.resonate.server.auth.Tokens;
import dev.modulate.resonate.server.delivery.HttpPush;
import dev.modulate.resonate.server.delivery.Messages;
import dev.modulate.resonate.server.rpc.ResonateGrpc;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.Stores;
import io.grpc.ServerServiceDefinition;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires a Resonate server: the store, the lane, and the three ways to it, in process, over HTTP and over gRPC. */
public final class ResonateServer implements AutoCloseable {
    private static final String PENDING = "modulate.resonate.promises.pending";
    private static final String CONNECTIONS = "modulate.resonate.poll.connections";
    private static final String REMOVED = "modulate.resonate.promises.removed";
    private static final String WAITING_BYTES = "modulate.resonate.poll.waiting";
    private static final Logger LOG = LoggerFactory.getLogger(ResonateServer.class);

    private final ResonateSettings settings;
    private final PromiseStore store;
    private final PromiseLane lane;
    private final Retention retention;
    private final PollGroups groups;
    private final Messages messages;
    private final Resonate resonate;
    private final HttpRoutes routes;
    private final ResonateGrpc grpc;

    public ResonateServer(
            ResonateSettings settings,
            MeterRegistry meters,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.settings = settings;
        String password = settings.store().password();
        this.store = Stores.open(settings.store().location(), password.isEmpty() ? null : password);
        this.groups = new PollGroups(random, settings.listeners().max());
        this.messages = new Messages(groups, new HttpPush(settings.push()), random, meters);
        var time = settings.debug() ? PromiseLane.Time.DEBUG : PromiseLane.Time.CLOCK;
        this.lane = new PromiseLane(new Machine(settings.rules()), store, messages, clock, time);
        this.retention = new Retention(lane, store, settings.store().retention(), clock);
        this.resonate = new MeteredResonate(new EmbeddedResonate(lane, groups, random), meters, nanoTime);
        var access = new Access(Tokens.of(settings.auth(), clock));
        var door = new FrontDoor(lane, access, new OperationMeters(meters), nanoTime);
        this.routes = new HttpRoutes(door, groups, settings.listeners().keepAlive());
        this.grpc = new ResonateGrpc(door, groups, settings.listeners().keepAlive());
        Gauge.builder(PENDING, lane, PromiseLane::pendingCount)
                .description("Promises that are not settled")
                .register(meters);
        FunctionCounter.builder(REMOVED, retention, Retention::removed)
                .description("Promises that were removed because all of their tree had settled long ago")
                .register(meters);
        Gauge.builder(WAITING_BYTES, () -> routes.bytesWaiting() + grpc.bytesWaiting())
                .description("Messages that wait for slow readers")
                .baseUnit("bytes")
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

    /** The protocol as gRPC services. */
    public List<ServerServiceDefinition> services() {
        return List.of(grpc.bindService());
    }

    /** Reads what is pending; operations are served from then on. */
    public void start() {
        warn();
        lane.start();
        retention.start();
    }

    /** What an operator may have opened without knowing. */
    private void warn() {
        if (settings.debug()) {
            LOG.atWarn().log("debug mode: callers set the clock and may delete everything");
        }
        if (settings.push().any() && !settings.auth().on() && !loopback(settings.host())) {
            LOG.atWarn()
                    .addKeyValue("host", settings.host())
                    .log(
                            "whoever reaches this server can make it post to any address: set resonate.push or resonate.auth-key");
        }
    }

    private static boolean loopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    @Override
    public void close() {
        routes.close();
        grpc.close();
        retention.close();
        lane.close();
        messages.close();
        store.close();
    }
}
