package dev.modulate.executor.call;

/** Part of a device that the router has set aside. */
public record Reservation(String deviceId, long memoryBytes) {}
