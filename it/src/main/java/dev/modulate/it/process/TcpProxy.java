package dev.modulate.it.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands between two processes on loopback and can cut what runs through it. Connections are pumped on virtual threads. */
public final class TcpProxy implements AutoCloseable {
    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    /** @param target port that the connections are passed on to */
    public TcpProxy(int target) {
        this.target = target;
        try {
            this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void start() {
        Thread.ofVirtual().name("proxy").start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Connections that were passed on so far. */
    public int acceptedCount() {
        return accepted.get();
    }

    /** Cuts every connection now; new ones are let through. */
    public void cut() {
        open.forEach(TcpProxy::abort);
        open.clear();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                pass(listener.accept());
            } catch (IOException e) {
                // Closed, or the target is down: whoever dialled sees an end and dials again.
            }
        }
    }

    private void pass(Socket near) throws IOException {
        var far = new Socket();
        try {
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        } catch (IOException e) {
            abort(near);
            throw e;
        }
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        accepted.incrementAndGet();
        open.add(near);
        open.add(far);
        Thread.ofVirtual().name("proxy-to").start(() -> pump(near, far));
        Thread.ofVirtual().name("proxy-from").start(() -> pump(far, near));
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // Cut; the other side is closed with it.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    /** Ends with a reset, as a broken network does, not with a polite end of stream. */
    private static void abort(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // Already gone.
        }
    }
}
