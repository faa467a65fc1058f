package dev.modulate.cli.command;

import dev.modulate.cli.web.WebChannel;
import dev.modulate.invocation.v1.InvocationServiceGrpc;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.router.v1.NodeServiceGrpc;
import java.net.URI;
import picocli.CommandLine.Option;

/** The platform a command talks to: an option of every command. */
final class Platform {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            defaultValue = "${env:MODULATE_ENDPOINT:-http://127.0.0.1:8080}",
            description = "Where the platform answers (default: MODULATE_ENDPOINT or ${DEFAULT-VALUE})")
    private String endpoint = "";

    private WebChannel channel() {
        try {
            var url = URI.create(endpoint.contains("://") ? endpoint : "http://" + endpoint);
            if (url.getHost() != null && "http".equals(url.getScheme())) {
                return new WebChannel(url);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new UsageException("--endpoint: \"" + endpoint + "\" (expected: http://host:port)");
    }

    RegistryServiceGrpc.RegistryServiceBlockingStub registry() {
        return RegistryServiceGrpc.newBlockingStub(channel());
    }

    RegistryServiceGrpc.RegistryServiceStub uploads() {
        return RegistryServiceGrpc.newStub(channel());
    }

    InvocationServiceGrpc.InvocationServiceBlockingStub invocations() {
        return InvocationServiceGrpc.newBlockingStub(channel());
    }

    NodeServiceGrpc.NodeServiceBlockingStub nodes() {
        return NodeServiceGrpc.newBlockingStub(channel());
    }
}
