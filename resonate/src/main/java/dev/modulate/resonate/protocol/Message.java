package dev.modulate.resonate.protocol;

/** What a server sends to an address. Messages get lost and come twice: each is a hint. */
public sealed interface Message {
    /** The task is pending at this version: acquire it with this number. */
    record Execute(String taskId, long version) implements Message {}

    /** The promise is settled. */
    record Unblock(Promise promise) implements Message {}
}
