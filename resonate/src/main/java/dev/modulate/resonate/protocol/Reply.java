package dev.modulate.resonate.protocol;

/**
 * What a server said. Faults of the server or the way to it (500, 503, no connection) are not replies: the client
 * retries them and gives up with {@link ResonateUnavailableException}.
 */
public sealed interface Reply<A> {
    /** Status 200, or 300 where an operation has one. */
    record Ok<A>(int status, A answer) implements Reply<A> {}

    /** Status 400, 401, 403, 404, 409, 410, 422 or 501, with the server's words for humans. */
    record Refused<A>(int status, String message) implements Reply<A> {}
}
