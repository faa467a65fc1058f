package dev.modulate.resonate.embedded;

import dev.modulate.resonate.lane.Deliveries;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who listens to {@code poll://} addresses now. A message for which nobody listens is dropped: execute messages come
 * again, and whoever waits for a promise asks again.
 */
public final class PollGroups implements Deliveries {
    public static final int CONNECTIONS_MAX = 1_000;

    private static final Pattern ADDRESS = Pattern.compile("poll://(any|uni)@([^/]+)(?:/(.+))?");

    private final ConcurrentMap<String, List<Connection>> groups = new ConcurrentHashMap<>();
    private final RandomGenerator random;

    /** One listener. Its receiver must not block. */
    public record Connection(String group, String id, Consumer<Message> receiver) {}

    public PollGroups(RandomGenerator random) {
        this.random = random;
    }

    /** False when there are too many. */
    public boolean add(Connection connection) {
        if (size() >= CONNECTIONS_MAX) {
            return false;
        }
        groups.computeIfAbsent(connection.group(), group -> new CopyOnWriteArrayList<>())
                .add(connection);
        return true;
    }

    public void remove(Connection connection) {
        groups.computeIfPresent(connection.group(), (group, connections) -> {
            connections.remove(connection);
            return connections.isEmpty() ? null : connections;
        });
    }

    /** Connections in all groups. */
    public int size() {
        return groups.values().stream().mapToInt(List::size).sum();
    }

    @Override
    public void deliver(Delivery delivery) {
        var address = ADDRESS.matcher(delivery.address());
        if (!address.matches()) {
            return;
        }
        var receiver = choose(address.group(1).equals("uni"), address.group(2), address.group(3));
        if (receiver != null) {
            receiver.receiver().accept(delivery.message());
        }
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
