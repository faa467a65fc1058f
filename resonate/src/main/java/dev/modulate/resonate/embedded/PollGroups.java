package dev.modulate.resonate.embedded;

import dev.modulate.resonate.lane.Deliveries;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who listens to {@code poll://} addresses now. Safe for any thread. */
public final class PollGroups implements Deliveries {
    public static final int CONNECTIONS_MAX = 1_000;

    private static final Pattern ADDRESS = Pattern.compile("poll://(any|uni)@([^/]+)(?:/(.+))?");

    private final ConcurrentMap<String, List<Connection>> groups = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final RandomGenerator random;
    private final int connectionsMax;

    /** One listener. */
    public record Connection(String group, String id, Receiver receiver) {}

    /** Takes the messages of one connection. Must not block. */
    @FunctionalInterface
    public interface Receiver {
        /** Completes as soon as it is known what became of the message. */
        CompletableFuture<Receipt> take(Message message);
    }

    public PollGroups(RandomGenerator random) {
        this(random, CONNECTIONS_MAX);
    }

    /** @param connectionsMax listeners of all groups together */
    public PollGroups(RandomGenerator random, int connectionsMax) {
        this.random = random;
        this.connectionsMax = connectionsMax;
    }

    /** False when there are too many. */
    public boolean add(Connection connection) {
        if (size.incrementAndGet() > connectionsMax) {
            size.decrementAndGet();
            return false;
        }
        groups.compute(connection.group(), (group, present) -> {
            var connections = present == null ? new CopyOnWriteArrayList<Connection>() : present;
            connections.add(connection);
            return connections;
        });
        return true;
    }

    public void remove(Connection connection) {
        groups.computeIfPresent(connection.group(), (group, connections) -> {
            if (connections.remove(connection)) {
                size.decrementAndGet();
            }
            return connections.isEmpty() ? null : connections;
        });
    }

    /** Connections in all groups. */
    public int size() {
        return size.get();
    }

    /** Most connections at a time. */
    public int connectionsMax() {
        return connectionsMax;
    }

    /** Tries once. A message for which nobody listens is lost. */
    @Override
    public void deliver(Delivery delivery) {
        var _ = offer(delivery);
    }

    /** Tries once, and tells what became of it. */
    public CompletableFuture<Receipt> offer(Delivery delivery) {
        var address = ADDRESS.matcher(delivery.address());
        if (!address.matches()) {
            return CompletableFuture.completedFuture(Receipt.REFUSED);
        }
        var chosen = choose(address.group(1).equals("uni"), address.group(2), address.group(3));
        return chosen == null
                ? CompletableFuture.completedFuture(Receipt.MISSED)
                : chosen.receiver().take(delivery.message());
    }

    private @Nullable Connection choose(boolean exactly, String group, @Nullable String id) {
        // A copy: the list may shrink while one is chosen.
        var connections = List.copyOf(groups.getOrDefault(group, List.of()));
        if (id != null) {
            for (var connection : connections) {
                if (connection.id().equals(id)) {
                    return connection;
                }
            }
        }
        return exactly || connections.isEmpty() ? null : connections.get(random.nextInt(connections.size()));
    }
}
