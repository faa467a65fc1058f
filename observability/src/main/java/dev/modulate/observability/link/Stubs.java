package dev.modulate.observability.link;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import java.util.regex.Pattern;

/** Makes stubs for peers at an address. One per process; connections are shared. */
public final class Stubs implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9.\\-\\[\\]:]+:\\d{1,5}");
    private static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

    /** A peer whose machine vanished answers no pings; its streams end after this. */
    private static final int PING_INTERVAL_MILLIS = 5_000;

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

    private final ClientFactory factory = ClientFactory.builder()
            .connectTimeoutMillis(CONNECT_TIMEOUT_MILLIS)
            .pingIntervalMillis(PING_INTERVAL_MILLIS)
            .idleTimeoutMillis(0)
            .build();

    /**
     * A stub without deadlines of its own: long-lived streams have none, unary callers set one.
     *
     * @param address {@code host:port}
     */
    public <S> S of(String address, Class<S> stub) {
        if (!ADDRESS.matcher(address).matches()) {
            throw new IllegalArgumentException("address: \"" + address + "\" (expected: host:port)");
        }
        return GrpcClients.builder("gproto+http://" + address)
                .factory(factory)
                .responseTimeoutMillis(0)
                .writeTimeoutMillis(0)
                .maxResponseLength(0)
                .maxResponseMessageLength(MESSAGE_BYTES_MAX)
                .build(stub);
    }

    @Override
    public void close() {
        factory.close();
    }
}
