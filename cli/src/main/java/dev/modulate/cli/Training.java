package dev.modulate.cli;

import com.sun.net.httpserver.HttpServer;
import dev.modulate.cli.command.ModulateCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Runs commands against a platform that answers nothing but success, so that the JVM learns which classes a command
 * needs. Only the build starts it.
 */
public final class Training {
    private static final byte[] TRAILERS = "grpc-status: 0\r\n".getBytes(StandardCharsets.US_ASCII);

    private Training() {}

    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("content-type", "application/grpc-web+proto");
            exchange.sendResponseHeaders(200, 0);
            try (var body = exchange.getResponseBody()) {
                body.write(new byte[] {0, 0, 0, 0, 0});
                body.write(new byte[] {(byte) 0x80, 0, 0, 0, (byte) TRAILERS.length});
                body.write(TRAILERS);
            }
        });
        server.start();
        String endpoint = "http://127.0.0.1:" + server.getAddress().getPort();
        ModulateCommand.run(new String[] {"functions", "--output", "json", "--endpoint", endpoint});
        ModulateCommand.run(new String[] {"nodes", "--endpoint", endpoint});
        ModulateCommand.run(new String[] {"invocations", "--endpoint", endpoint});
        ModulateCommand.run(new String[] {"invoke", "hello", "--data", "{}", "--endpoint", endpoint});
        server.stop(0);
    }
}
