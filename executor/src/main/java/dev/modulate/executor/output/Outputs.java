package dev.modulate.executor.output;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.OutputKind;
import dev.modulate.executor.call.Sink;
import dev.modulate.executor.lane.Lane;
import dev.modulate.executor.v1.OutputServiceGrpc.OutputServiceStub;
import dev.modulate.executor.v1.PushHello;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.StreamLink;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The links to all APIs that wait for something, one for each address. Owned by the lane. */
public final class Outputs {
    private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);
    private static final int MESSAGES_MAX = 1024;
    private static final int APIS_MAX = 256;

    private final Lane lane;
    private final PushHello hello;
    private final Function<String, OutputServiceStub> apis;
    private final ScheduledExecutorService timer;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final MeterRegistry meters;
    private final Map<String, Dialled> links = new HashMap<>();

    private record Dialled(OutputLink link, StreamLink<PushRequest, PushResponse> stream) {}

    /** @param apis the stub for an address that a sink names */
    public Outputs(
            Lane lane,
            PushHello hello,
            Function<String, OutputServiceStub> apis,
            ScheduledExecutorService timer,
            LongSupplier nanoTime,
            RandomGenerator random,
            MeterRegistry meters) {
        this.lane = lane;
        this.hello = hello;
        this.apis = apis;
        this.timer = timer;
        this.nanoTime = nanoTime;
        this.random = random;
        this.meters = meters;
    }

    /** Sends an attempt's output, from the offset on, and its result to one more API. */
    public void subscribe(AttemptOutput output, Sink sink, long offset) {
        var dialled = links.get(sink.address());
        if (dialled == null) {
            dialled = dial(sink.address());
        }
        if (dialled != null) {
            dialled.link().add(new Delivery(output, sink, offset));
        }
    }

    public void write(AttemptOutput output, OutputKind kind, ByteString data) {
        output.append(kind, data);
        List.copyOf(output.deliveries).forEach(this::pump);
    }

    /** The promise is settled: the result follows the output. */
    public void finish(AttemptOutput output, PushResult result) {
        output.deliveries.forEach(delivery -> delivery.result = result);
        close(output);
    }

    /** The attempt is over and has no result of its own. */
    public void close(AttemptOutput output) {
        for (Delivery delivery : List.copyOf(output.deliveries)) {
            delivery.closed = true;
            delivery.closedNanos = nanoTime.getAsLong();
            pump(delivery);
        }
    }

    public void tick() {
        long now = nanoTime.getAsLong();
        for (Iterator<Dialled> all = links.values().iterator(); all.hasNext(); ) {
            var dialled = all.next();
            if (!dialled.link().tick(now)) {
                dialled.stream().close();
                all.remove();
            }
        }
    }

    /** Whether every API has all that was meant for it. */
    public boolean delivered() {
        return links.values().stream().allMatch(dialled -> dialled.link().delivered());
    }

    public void close() {
        links.values().forEach(dialled -> dialled.stream().close());
        links.clear();
    }

    private void pump(Delivery delivery) {
        var dialled = links.get(delivery.sink.address());
        if (dialled != null) {
            dialled.link().pump(delivery);
        }
    }

    private @org.jspecify.annotations.Nullable Dialled dial(String address) {
        if (links.size() >= APIS_MAX) {
            LOG.atWarn().addKeyValue("api", address).log("too many APIs; it has to read results from the promises");
            return null;
        }
        OutputServiceStub stub;
        try {
            stub = apis.apply(address);
        } catch (IllegalArgumentException e) {
            LOG.atWarn()
                    .addKeyValue("api", address)
                    .addKeyValue("cause", e.getMessage())
                    .log("no such API");
            return null;
        }
        var link = new OutputLink(address, nanoTime.getAsLong());
        var stream = new StreamLink<PushRequest, PushResponse>(
                "push", address, stub::push, new Owner(link), MESSAGES_MAX, timer, random, meters);
        stream.start();
        var dialled = new Dialled(link, stream);
        links.put(address, dialled);
        return dialled;
    }

    /** Brings what happens on a stream to the lane. */
    private final class Owner implements StreamLink.Owner<PushRequest, PushResponse> {
        private final OutputLink link;

        Owner(OutputLink link) {
            this.link = link;
        }

        @Override
        public void opened(Outbox<PushRequest> outbox) {
            lane.post(() -> link.opened(outbox, hello));
        }

        @Override
        public void received(PushResponse message) {
            lane.post(() -> link.received(message));
        }

        @Override
        public void ended(Throwable cause) {
            lane.post(link::ended);
        }
    }
}
