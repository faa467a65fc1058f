package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.wire.Envelopes;
import dev.modulate.resonate.wire.Envelopes.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** A lane in debug mode behind the JSON of the wire. */
final class OurServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private final MapStore store = new MapStore();
    private final PromiseLane lane;

    OurServer(Rules rules) {
        lane = new PromiseLane(
                new Machine(rules), store, delivery -> {}, InstantSource.system(), PromiseLane.Time.DEBUG);
        lane.start();
    }

    /** What is stored. Timers that moved are not. */
    NavigableMap<String, Entry> entries() {
        return store.entries();
    }

    Answer ask(String request) {
        var received = Envelopes.readRequest(request.getBytes(StandardCharsets.UTF_8));
        var reply = switch (received.content()) {
            case Content.BadEnvelope bad -> new Reply.Refused<>(400, bad.mistake());
            case Content.BadOperation bad -> new Reply.Refused<>(400, bad.mistake());
            case Content.Operation operation -> submit(operation.request(), operation.debugTimeMillis());
        };
        try {
            var envelope = JSON.readTree(Envelopes.writeReply(received.kind(), received.correlationId(), reply));
            return new Answer(envelope.path("head").path("status").intValue(), envelope.path("data"), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private <A> Reply<A> submit(Request<A> request, @Nullable Long at) {
        return lane.submit(request, at).join();
    }

    @Override
    public void close() {
        lane.close();
    }

    /**
     * What a server said.
     *
     * @param settled promises whose deadline had to be pointed out after a tick
     */
    record Answer(int status, JsonNode data, int settled) {
        static Answer parse(String line) {
            try {
                var node = JSON.readTree(line);
                return new Answer(
                        node.path("status").intValue(),
                        node.path("data"),
                        node.path("settled").asInt(0));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        boolean refused() {
            return status >= 400;
        }
    }
}
