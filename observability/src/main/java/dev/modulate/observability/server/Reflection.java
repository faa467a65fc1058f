package dev.modulate.observability.server;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Server reflection, v1 and v1alpha. Armeria takes only one of the two; grpc-java's services need nothing but a server to
 * ask for its list, so they get one that does nothing else.
 */
final class Reflection {
    private Reflection() {}

    @SuppressWarnings("deprecation") // v1alpha: older tools ask for nothing else.
    static List<ServerServiceDefinition> of(List<ServerServiceDefinition> services) {
        var listing = new Interceptor(new ListOfServices(services));
        return List.of(
                ServerInterceptors.intercept(ProtoReflectionServiceV1.newInstance(), listing),
                ServerInterceptors.intercept(ProtoReflectionService.newInstance(), listing));
    }

    private record Interceptor(Server server) implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            var context = Context.current().withValue(InternalServer.SERVER_CONTEXT_KEY, server);
            return Contexts.interceptCall(context, call, headers, next);
        }
    }

    /** A list in the only shape that the reflection services take. */
    private static final class ListOfServices extends Server {
        private final List<ServerServiceDefinition> services;

        ListOfServices(List<ServerServiceDefinition> services) {
            this.services = List.copyOf(services);
        }

        @Override
        public List<ServerServiceDefinition> getImmutableServices() {
            return services;
        }

        @Override
        public List<ServerServiceDefinition> getMutableServices() {
            return List.of();
        }

        @Override
        public List<ServerServiceDefinition> getServices() {
            return services;
        }

        @Override
        public Server start() {
            throw new UnsupportedOperationException("only a list");
        }

        @Override
        public Server shutdown() {
            return this;
        }

        @Override
        public Server shutdownNow() {
            return this;
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }

        @Override
        public void awaitTermination() {}
    }
}
