package dev.modulate.resonate.protocol;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Durable promises, wherever they are kept: in this process or behind a URL. Whatever an answer shows is durable.
 *
 * <p>Safe for any thread.
 */
public interface Resonate extends AutoCloseable {
    /**
     * Sends one operation. Retries what the server or the way to it did wrong, with jittered back-off, until the
     * request timeout. The future completes with {@link ResonateUnavailableException} after that, and on a thread that
     * must not be blocked.
     */
    <A> CompletableFuture<Reply<A>> send(Request<A> request);

    /** {@link #send} and wait; for virtual threads. */
    default <A> Reply<A> call(Request<A> request) {
        var future = send(request);
        try {
            return future.join();
        } catch (java.util.concurrent.CompletionException e) {
            if (e.getCause() instanceof ResonateUnavailableException unavailable) {
                throw new ResonateUnavailableException("" + unavailable.getMessage(), unavailable);
            }
            throw e;
        }
    }

    /**
     * Receives what is sent to {@code poll://any@group}, {@code poll://any@group/id} and {@code poll://uni@group/id},
     * redialling for ever until the returned handle is closed. Messages were lost while {@link Inbox#connected} was not
     * called; whoever needs them reads again.
     *
     * @param group lower-case letters, digits and dashes
     * @param id unique for each start of a process; same grammar
     */
    AutoCloseable poll(String group, String id, Inbox inbox);

    /** Called by one thread at a time, which must not be blocked. */
    interface Inbox extends Consumer<Message> {
        /** The stream is up, for the first time or again. */
        void connected();
    }

    @Override
    void close();
}
