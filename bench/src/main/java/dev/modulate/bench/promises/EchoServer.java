package dev.modulate.bench.promises;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import java.util.List;

/** The server stack of every service with a route that takes a body and answers one of the size that the path says. */
final class EchoServer {
    private EchoServer() {}

    /** Serves on the port given as the only argument. */
    public static void main(String[] arguments) {
        new ServerShell(
                        "echo",
                        "127.0.0.1",
                        Integer.parseInt(arguments[0]),
                        Meters.ofProcess(),
                        List.of(),
                        server -> server.route().post("/echo/{bytes}").build((context, request) -> {
                            int bytes = Integer.parseInt(String.valueOf(context.pathParam("bytes")));
                            return HttpResponse.of(request.aggregate()
                                    .thenApply(body -> HttpResponse.of(
                                            HttpStatus.OK, MediaType.JSON, HttpData.wrap(new byte[bytes]))));
                        }))
                .start();
    }
}
