package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Message;

/** A message that goes out once the change that caused it is durable. */
public record Delivery(String address, Message message) {}
