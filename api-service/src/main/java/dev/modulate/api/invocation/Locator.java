package dev.modulate.api.invocation;

import dev.modulate.api.RouterPeer;
import dev.modulate.observability.link.UnaryAnswer;
import dev.modulate.router.v1.LocateInvocationRequest;
import dev.modulate.router.v1.LocateInvocationResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks all routers where an invocation is; the first that knows is believed. Best effort. */
public final class Locator {
    private static final Duration TIMEOUT = Duration.ofMillis(250);

    private final List<RouterPeer> routers;

    public Locator(List<RouterPeer> routers) {
        this.routers = List.copyOf(routers);
    }

    CompletableFuture<Optional<LocateInvocationResponse>> locate(String taskId) {
        var located = new CompletableFuture<Optional<LocateInvocationResponse>>();
        var all = routers.stream()
                .map(peer -> ask(peer, taskId).thenAccept(answer -> located.complete(Optional.of(answer))))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(all).whenComplete((_, _) -> located.complete(Optional.empty()));
        return located.completeOnTimeout(Optional.empty(), TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static CompletableFuture<LocateInvocationResponse> ask(RouterPeer peer, String taskId) {
        var answer = new UnaryAnswer<LocateInvocationResponse>();
        peer.router()
                .withDeadlineAfter(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .locateInvocation(
                        LocateInvocationRequest.newBuilder().setTaskId(taskId).build(), answer);
        return answer.future();
    }
}
