package dev.modulate.resonate.server;

import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Measures what callers in this process ask for. */
final class MeteredResonate implements Resonate {
    private final Resonate resonate;
    private final OperationMeters operations;
    private final LongSupplier nanoTime;

    MeteredResonate(Resonate resonate, MeterRegistry meters, LongSupplier nanoTime) {
        this.resonate = resonate;
        this.operations = new OperationMeters(meters);
        this.nanoTime = nanoTime;
    }

    @Override
    public <A> CompletableFuture<Reply<A>> send(Request<A> request) {
        long start = nanoTime.getAsLong();
        return resonate.send(request)
                .whenComplete((reply, failure) ->
                        operations.record(request.kind(), status(reply), nanoTime.getAsLong() - start));
    }

    /** What a reply is called on the wire; no reply is a 503. */
    static int status(@Nullable Reply<?> reply) {
        return switch (reply) {
            case null -> 503;
            case Reply.Ok<?> ok -> ok.status();
            case Reply.Refused<?> refused -> refused.status();
        };
    }

    @Override
    public AutoCloseable poll(String group, String id, Inbox inbox) {
        return resonate.poll(group, id, inbox);
    }

    @Override
    public void close() {
        resonate.close();
    }
}
