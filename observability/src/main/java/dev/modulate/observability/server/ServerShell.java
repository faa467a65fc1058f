package dev.modulate.observability.server;

import com.linecorp.armeria.common.grpc.GrpcMeterIdPrefixFunction;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.docs.DocService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import com.linecorp.armeria.server.healthcheck.SettableHealthChecker;
import com.linecorp.armeria.server.metric.MetricCollectingService;
import com.linecorp.armeria.server.prometheus.PrometheusExpositionService;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every service process shows the world on one port: its gRPC services with reflection (v1 and v1alpha) and health,
 * the same over HTTP/JSON, {@code /docs}, {@code /metrics} and {@code /healthz}.
 *
 * <p>Calls run on the event loop: services must not block.
 */
public final class ServerShell implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerShell.class);
    private static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

    private final String name;
    private final Server server;
    private final HealthStatusManager health = new HealthStatusManager();
    private final SettableHealthChecker ready = new SettableHealthChecker(false);

    /**
     * @param name of the service, for the log
     * @param host to bind; a loopback address unless the operator opens the service
     * @param port zero takes a free one
     * @param more routes beside the standard ones
     */
    public ServerShell(
            String name,
            String host,
            int port,
            PrometheusMeterRegistry meters,
            List<ServerServiceDefinition> services,
            Consumer<ServerBuilder> more) {
        this.name = name;
        var builder = Server.builder()
                .http(new InetSocketAddress(host, port))
                .meterRegistry(meters)
                .requestTimeoutMillis(0)
                .maxRequestLength(0)
                .gracefulShutdownTimeoutMillis(0, 0)
                .service("/metrics", PrometheusExpositionService.of(meters.getPrometheusRegistry()))
                .service("/healthz", HealthCheckService.of(ready));
        more.accept(builder);
        builder.serviceUnder("/docs", new DocService());
        builder.service(
                grpc(services),
                MetricCollectingService.newDecorator(GrpcMeterIdPrefixFunction.of("modulate.grpc.server")));
        this.server = builder.build();
    }

    private GrpcService grpc(List<ServerServiceDefinition> services) {
        var grpc = GrpcService.builder()
                .maxRequestMessageLength(MESSAGE_BYTES_MAX)
                .maxResponseMessageLength(MESSAGE_BYTES_MAX)
                .enableHttpJsonTranscoding(true)
                .enableUnframedRequests(true);
        var shown = new ArrayList<>(services);
        shown.add(health.getHealthService().bindService());
        shown.forEach(grpc::addService);
        Reflection.of(shown).forEach(grpc::addService);
        return grpc.build();
    }

    /** Binds the port and serves. */
    public void start() {
        server.start().join();
        ready.setHealthy(true);
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        LOG.atInfo().addKeyValue("service", name).addKeyValue("port", port()).log("serving");
    }

    /** The port that is bound. */
    public int port() {
        return server.activeLocalPort();
    }

    /** Says that it is going, then stops. Streams are ended: their callers redial. */
    @Override
    public void close() {
        ready.setHealthy(false);
        health.enterTerminalState();
        server.stop().join();
    }
}
