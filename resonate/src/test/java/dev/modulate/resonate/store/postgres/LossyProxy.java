package dev.modulate.resonate.store.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands before a server and passes bytes on; when told so it cuts each connection at the server's next answer. */
final class LossyProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final int serverPort;
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean losing;

    LossyProxy(int serverPort) throws IOException {
        this.serverPort = serverPort;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The answer to what is sent next is lost, and nobody can connect until {@link #heal}. */
    void loseAnswers() {
        losing = true;
    }

    /** The same, and what is on its way is lost too; a server that is busy does not notice. */
    void cut() {
        losing = true;
        open.forEach(LossyProxy::close);
    }

    void heal() {
        losing = false;
    }

    private void accept() {
        try {
            while (true) {
                serve(listener.accept());
            }
        } catch (IOException e) {
            // The test is over.
            return;
        }
    }

    private void serve(Socket client) throws IOException {
        if (losing) {
            client.close();
            return;
        }
        var server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        open.add(client);
        open.add(server);
        Thread.ofVirtual().start(() -> pass(client, server, false));
        Thread.ofVirtual().start(() -> pass(server, client, true));
    }

    private void pass(Socket from, Socket to, boolean answers) {
        try (from;
                to) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = from.getInputStream().read(buffer);
                    read >= 0 && !(answers && losing);
                    read = from.getInputStream().read(buffer)) {
                to.getOutputStream().write(buffer, 0, read);
            }
        } catch (IOException e) {
            // Closed by the other direction.
            return;
        } finally {
            open.remove(from);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(LossyProxy::close);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
