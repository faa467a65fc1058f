package dev.modulate.api.output;

import dev.modulate.executor.v1.OutputServiceGrpc;
import dev.modulate.executor.v1.PushRequest;
import dev.modulate.executor.v1.PushResponse;
import dev.modulate.executor.v1.PushResult;
import dev.modulate.observability.link.Outbox;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Where executors push to. */
public final class OutputGrpc extends OutputServiceGrpc.OutputServiceImplBase {
    /** Acknowledgements that wait for one executor to read them. */
    private static final int ACKS_MAX = 65_536;

    private final String incarnation;
    private final OutputLogs logs;
    private final Consumer<PushResult> results;
    private final Set<PushStream> streams = ConcurrentHashMap.newKeySet();

    /**
     * @param incarnation of this process
     * @param results told of every result, before it is acknowledged
     */
    public OutputGrpc(String incarnation, OutputLogs logs, Consumer<PushResult> results) {
        this.incarnation = incarnation;
        this.logs = logs;
        this.results = results;
    }

    @Override
    public StreamObserver<PushRequest> push(StreamObserver<PushResponse> responses) {
        var outbox = new Outbox<PushResponse>(ACKS_MAX);
        var stream = new PushStream(incarnation, logs, results, outbox, streams::remove);
        outbox.bind(responses);
        streams.add(stream);
        return stream;
    }

    /** Executors that push now. */
    public int streamCount() {
        return streams.size();
    }

    /** Sends the acknowledgements that are gathered. */
    public void tick() {
        streams.forEach(PushStream::flush);
    }
}
