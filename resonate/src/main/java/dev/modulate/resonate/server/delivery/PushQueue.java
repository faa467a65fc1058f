package dev.modulate.resonate.server.delivery;

import com.linecorp.armeria.common.HttpData;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which pushes may go out, and which wait. Hosts take turns and each has a share only, so that one that is slow leaves room
 * for the others. An execute message that is under way is not taken a second time: its timer repeats it every second, and
 * a receiver may be at it for minutes. A private lock guards everything.
 */
final class PushQueue {
    static final int PUSHES_MAX = 256;
    static final int PUSHES_OF_HOST_MAX = 64;
    static final int WAITING_MAX = 10_000;
    static final int WAITING_OF_HOST_MAX = 2_500;

    /** Of all bodies that wait or are being sent. */
    static final long BYTES_MAX = 64L << 20;

    static final long BYTES_OF_HOST_MAX = 16L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Host> hosts = new HashMap<>();
    private final Queue<Host> turns = new ArrayDeque<>();
    private final Set<Delivery> executes = new HashSet<>();
    private int running;
    private int waiting;
    private long bytes;

    record Push(Delivery delivery, URI address, HttpData body, CompletableFuture<Receipt> receipt) {
        private String host() {
            return address.getHost().toLowerCase(Locale.ROOT) + ":" + address.getPort();
        }
    }

    private static final class Host {
        final Queue<Push> waiting = new ArrayDeque<>();
        int running;
        long bytes;
        boolean inTurn;
    }

    /** False when there is no room, or the same is under way. */
    boolean add(Push push) {
        lock.lock();
        try {
            var host = hosts.get(push.host());
            if (waiting >= WAITING_MAX
                    || bytes + push.body().length() > BYTES_MAX
                    || (host != null && full(host, push))
                    || (push.delivery().message() instanceof Message.Execute && !executes.add(push.delivery()))) {
                return false;
            }
            if (host == null) {
                host = new Host();
                hosts.put(push.host(), host);
            }
            host.waiting.add(push);
            host.bytes += push.body().length();
            waiting++;
            bytes += push.body().length();
            queueUp(host);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static boolean full(Host host, Push push) {
        return host.waiting.size() >= WAITING_OF_HOST_MAX
                || host.bytes + push.body().length() > BYTES_OF_HOST_MAX;
    }

    private void queueUp(Host host) {
        if (!host.inTurn && !host.waiting.isEmpty() && host.running < PUSHES_OF_HOST_MAX) {
            host.inTurn = true;
            turns.add(host);
        }
    }

    /** What may go out now; null for nothing. It is {@link #ended} later. */
    @Nullable
    Push next() {
        lock.lock();
        try {
            var host = running >= PUSHES_MAX ? null : turns.poll();
            if (host == null) {
                return null;
            }
            host.inTurn = false;
            var push = host.waiting.remove();
            host.running++;
            running++;
            waiting--;
            queueUp(host);
            return push;
        } finally {
            lock.unlock();
        }
    }

    void ended(Push push) {
        lock.lock();
        try {
            if (push.delivery().message() instanceof Message.Execute) {
                executes.remove(push.delivery());
            }
            running--;
            bytes -= push.body().length();
            var host = hosts.get(push.host());
            if (host == null) {
                throw new IllegalStateException("not under way: " + push.host());
            }
            host.running--;
            host.bytes -= push.body().length();
            queueUp(host);
            if (host.running == 0 && host.waiting.isEmpty()) {
                hosts.remove(push.host());
            }
        } finally {
            lock.unlock();
        }
    }
}
