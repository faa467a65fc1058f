package dev.modulate.api.relay;

import com.google.rpc.Code;
import dev.modulate.api.RouterPeer;
import dev.modulate.observability.link.UnaryAnswer;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.v1.NodeServiceGrpc.NodeServiceStub;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/** Asks all routers at once. Fails only when none has an answer, with the failure that says most. */
final class FanOut {
    /** Which failure is told when there are several. */
    private static final Map<Status.Code, Integer> LEAST_TELLING =
            Map.of(Status.Code.UNAVAILABLE, 3, Status.Code.DEADLINE_EXCEEDED, 2, Status.Code.NOT_FOUND, 1);

    private final List<RouterPeer> routers;

    FanOut(List<RouterPeer> routers) {
        this.routers = List.copyOf(routers);
    }

    /** The same with the deadline of the call that is on this thread now. */
    FanOut bounded() {
        return new FanOut(routers.stream()
                .map(peer -> new RouterPeer(peer.name(), peer.router(), Peers.bounded(peer.nodes())))
                .toList());
    }

    <R> CompletableFuture<List<R>> ask(BiConsumer<NodeServiceStub, StreamObserver<R>> call) {
        return askEach(nodes -> answer(answer -> call.accept(nodes, answer)));
    }

    <R> CompletableFuture<List<R>> askEach(Function<NodeServiceStub, CompletableFuture<R>> call) {
        if (routers.isEmpty()) {
            return CompletableFuture.failedFuture(
                    GrpcErrors.of(Code.UNAVAILABLE, "NO_ROUTER", "no router is set (api.routers)"));
        }
        var answers = new ConcurrentLinkedQueue<R>();
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var all = new ArrayList<CompletableFuture<?>>();
        for (RouterPeer peer : routers) {
            all.add(call.apply(Peers.bounded(peer.nodes())).handle((answer, cause) -> {
                if (cause == null) {
                    answers.add(answer);
                } else {
                    failures.add(Peers.words(cause, "router " + peer.name(), "api.routers"));
                }
                return peer;
            }));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)).thenApply(_ -> {
            if (answers.isEmpty()) {
                throw new CompletionException(mostTelling(failures));
            }
            return List.copyOf(answers);
        });
    }

    static <R> CompletableFuture<R> answer(Consumer<StreamObserver<R>> call) {
        var answer = new UnaryAnswer<R>();
        call.accept(answer);
        return answer.future();
    }

    private static Throwable mostTelling(Iterable<Throwable> failures) {
        var all = new ArrayList<Throwable>();
        failures.forEach(all::add);
        all.sort(Comparator.comparingInt(failure ->
                LEAST_TELLING.getOrDefault(Status.fromThrowable(failure).getCode(), 0)));
        return all.getFirst();
    }
}
