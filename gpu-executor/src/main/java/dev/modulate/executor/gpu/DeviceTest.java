package dev.modulate.executor.gpu;

import java.util.concurrent.CompletableFuture;

/** Tries whether a GPU computes: allocates, copies, runs a kernel, reads back. May take long; never blocks the caller. */
interface DeviceTest {
    /** What is wrong; empty when it computes. Completes with words, never with an exception. */
    CompletableFuture<String> run(String deviceId);
}
