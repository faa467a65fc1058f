package dev.modulate.cli.web;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import java.net.URI;

/**
 * A channel that speaks gRPC-Web, so that a command starts in a fraction of the time a full gRPC transport needs to load.
 * For blocking stubs; requests may stream, answers may stream, both at once may not.
 */
public final class WebChannel extends Channel {
    private final URI endpoint;

    /** @param endpoint {@code http://host:port} */
    public WebChannel(URI endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        return new WebCall<>(endpoint, method, options);
    }

    @Override
    public String authority() {
        return endpoint.getAuthority();
    }
}
