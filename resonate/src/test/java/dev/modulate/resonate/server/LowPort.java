package dev.modulate.resonate.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Random;

/** Ports for servers that come back: below those that the kernel gives to outgoing connections meanwhile. */
public final class LowPort {
    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 31_000;
    private static final int TRIES = 100;

    private LowPort() {}

    /** One that is free now. */
    public static int free() {
        // Not from a seed: builds beside each other would ask for the same one.
        var random = new Random();
        for (int i = 0; i < TRIES; i++) {
            int port = random.nextInt(LOWEST, HIGHEST);
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // Taken: the next.
            }
        }
        throw new IllegalStateException("no free port between " + LOWEST + " and " + HIGHEST);
    }
}
