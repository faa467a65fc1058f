package dev.modulate.api.dispatch;

import dev.modulate.executor.v1.OutputSink;
import dev.modulate.observability.link.Outbox;
import dev.modulate.observability.link.StreamLink;
import dev.modulate.router.v1.ApiHello;
import dev.modulate.router.v1.DispatchRequest;
import dev.modulate.router.v1.DispatchResponse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The stream to one router and what is under way on it. For any thread; holds no lock. */
final class RouterLink implements StreamLink.Owner<DispatchRequest, DispatchResponse> {
    private final String name;
    private final Supplier<OutputSink> sink;
    private final Dispatcher dispatcher;
    private final Map<Long, UnderWay> underWay = new ConcurrentHashMap<>();
    private volatile @Nullable Outbox<DispatchRequest> outbox;
    private volatile @Nullable Outbox<DispatchRequest> opened;

    /** A dispatch that was sent and has no answer yet. */
    private record UnderWay(Dispatch dispatch, long answerByNanos) {}

    RouterLink(String name, Supplier<OutputSink> sink, Dispatcher dispatcher) {
        this.name = name;
        this.sink = sink;
        this.dispatcher = dispatcher;
    }

    String name() {
        return name;
    }

    boolean connected() {
        return outbox != null;
    }

    int underWay() {
        return underWay.size();
    }

    /**
     * False when this router cannot be told now; the dispatch is then the caller's again. It is entered before it is
     * sent, since a router in the same process answers inside the call; and a stream that ends in between gives every
     * entry to exactly one side.
     */
    boolean offer(Dispatch dispatch, long correlationId, long answerByNanos, long nowMillis) {
        var open = outbox;
        if (open == null) {
            return false;
        }
        var request = DispatchRequest.newBuilder()
                .setCorrelationId(correlationId)
                .setInvocation(dispatch.message(nowMillis))
                .build();
        underWay.put(correlationId, new UnderWay(dispatch, answerByNanos));
        return open.offer(request) || underWay.remove(correlationId) == null;
    }

    /** Best effort. */
    void tell(DispatchRequest request) {
        var open = outbox;
        if (open != null) {
            open.offer(request);
        }
    }

    @Override
    public void opened(Outbox<DispatchRequest> fresh) {
        opened = fresh;
        fresh.offer(DispatchRequest.newBuilder()
                .setHello(ApiHello.newBuilder().setSink(sink.get()))
                .build());
    }

    @Override
    public void received(DispatchResponse response) {
        switch (response.getMessageCase()) {
            case WELCOME -> {
                // A standby takes no calls; it ends the stream when it takes over.
                if (!response.getWelcome().getStandby()) {
                    outbox = opened;
                    dispatcher.connected();
                }
            }
            case ACCEPTED ->
                answered(
                        response,
                        new Dispatch.Answer.Accepted(response.getAccepted().getTimeoutUnixMillis()));
            case EXISTING -> {
                var existing = response.getExisting();
                answered(response, new Dispatch.Answer.Existing(existing.getRequestSha256(), existing.getSettled()));
            }
            case REFUSED -> answered(response, new Dispatch.Answer.Refused(response.getRefused()));
            case PLACED -> dispatcher.events().placed(response.getTaskId(), response.getPlaced());
            case SETTLED -> dispatcher.events().settled(response.getTaskId());
            case MESSAGE_NOT_SET -> {}
        }
    }

    private void answered(DispatchResponse response, Dispatch.Answer answer) {
        var answered = underWay.remove(response.getCorrelationId());
        if (answered != null) {
            answered.dispatch.listener().answered(answer);
        }
    }

    /** Whatever has no answer goes out again, to this router or another. */
    @Override
    public void ended(Throwable cause) {
        outbox = null;
        opened = null;
        underWay.forEach((correlationId, sent) -> {
            if (underWay.remove(correlationId, sent)) {
                dispatcher.sendAgain(sent.dispatch, sent.answerByNanos);
            }
        });
    }

    /** Gives up what waits for too long. */
    void tick(LongPredicate isPast) {
        underWay.forEach((correlationId, sent) -> {
            if (isPast.test(sent.answerByNanos) && underWay.remove(correlationId, sent)) {
                sent.dispatch
                        .listener()
                        .answered(new Dispatch.Answer.InDoubt("router " + name + " is connected but did not answer"));
            }
        });
    }
}
