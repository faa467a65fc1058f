package dev.modulate.resonate.history;

/**
 * One call of a history. It took effect, if it did, between two numbers of a counter that all clients share.
 *
 * @param client who called; its calls do not overlap
 * @param invoked before the call was made
 * @param returned after its outcome was known
 */
record Operation(int client, Call call, Outcome outcome, long invoked, long returned) {
    @Override
    public String toString() {
        return "client %d [%d, %d] %s -> %s".formatted(client, invoked, returned, call, outcome);
    }
}
