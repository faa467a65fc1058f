package dev.modulate.bench.promises;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 over kept connections with as little work as can be, so that a load measures the server: one thread, a
 * connection for each request under way, answers looked at for their status and length only.
 */
final class RawHttp implements AutoCloseable {
    private final InetSocketAddress address;
    private final Selector selector = Selector.open();
    private final Thread thread = new Thread(this::run, "raw-http");
    private final ConcurrentLinkedDeque<Exchange> idle = new ConcurrentLinkedDeque<>();
    private final ConcurrentLinkedDeque<Exchange> fresh = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    RawHttp(int port) throws IOException {
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        thread.setDaemon(true);
        thread.start();
    }

    /** Completes with the size of the body of a 200, on the client's thread. */
    CompletableFuture<Integer> post(String path, byte[] body) {
        var free = idle.pollLast();
        try {
            var exchange = free == null ? dial() : free;
            return exchange.send(path, body);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Exchange dial() throws IOException {
        var channel = SocketChannel.open(address);
        channel.socket().setTcpNoDelay(true);
        channel.configureBlocking(false);
        var exchange = new Exchange(channel);
        fresh.add(exchange);
        selector.wakeup();
        return exchange;
    }

    private void run() {
        try {
            while (!closed) {
                selector.select(key -> ((Exchange) key.attachment()).receive());
                for (var exchange = fresh.poll(); exchange != null; exchange = fresh.poll()) {
                    exchange.channel.register(selector, SelectionKey.OP_READ, exchange);
                }
            }
            selector.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }

    /** One connection and the request under way on it. */
    private final class Exchange {
        private final SocketChannel channel;
        private final ByteBuffer out = ByteBuffer.allocateDirect(16 << 10);
        private final ByteBuffer in = ByteBuffer.allocateDirect(64 << 10);
        private volatile CompletableFuture<Integer> answer = new CompletableFuture<>();

        Exchange(SocketChannel channel) {
            this.channel = channel;
        }

        CompletableFuture<Integer> send(String path, byte[] body) throws IOException {
            var asked = new CompletableFuture<Integer>();
            answer = asked;
            out.clear();
            out.put(("POST " + path + " HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: "
                            + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.put(body).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
            return asked;
        }

        void receive() {
            try {
                if (channel.read(in) < 0) {
                    // After some seconds without a request, as a rule.
                    idle.remove(this);
                    channel.close();
                    answer.completeExceptionally(new IOException("the server closed the connection"));
                    return;
                }
            } catch (IOException e) {
                answer.completeExceptionally(e);
                return;
            }
            var size = complete();
            if (size == null) {
                return;
            }
            boolean fine = in.get("HTTP/1.1 ".length()) == '2';
            var answered = answer;
            in.clear();
            idle.addLast(this);
            if (fine) {
                answered.complete(size);
            } else {
                answered.completeExceptionally(new IOException("not a 200"));
            }
        }

        /** Size of the body when all of it is there, else null. */
        private @Nullable Integer complete() {
            int end = in.position();
            int line = 0;
            int length = 0;
            for (int i = 0; i + 1 < end; i++) {
                if (in.get(i) != '\r' || in.get(i + 1) != '\n') {
                    continue;
                }
                if (i == line) {
                    return end >= i + 2 + length ? length : null;
                }
                length = Math.max(length, contentLength(line, i));
                line = i + 2;
            }
            return null;
        }

        private int contentLength(int from, int to) {
            String name = "content-length: ";
            if (to - from <= name.length()) {
                return 0;
            }
            for (int i = 0; i < name.length(); i++) {
                if ((in.get(from + i) | 0x20) != (name.charAt(i) | 0x20)) {
                    return 0;
                }
            }
            int length = 0;
            for (int i = from + name.length(); i < to; i++) {
                length = length * 10 + in.get(i) - '0';
            }
            return length;
        }
    }
}
