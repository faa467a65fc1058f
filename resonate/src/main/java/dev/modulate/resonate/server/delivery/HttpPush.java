package dev.modulate.resonate.server.delivery;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatusClass;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.wire.Envelopes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts messages to {@code http} and {@code https} addresses, a bounded number at a time; any 2xx is a receipt. Redirects
 * are not followed. Safe for any thread: {@link PushQueue} says whose turn it is.
 */
public final class HttpPush implements AutoCloseable {
    private static final long CONNECT_MILLIS_MAX = 10_000;
    private static final long REQUEST_MILLIS_MAX = 180_000;
    private static final long ANSWER_BYTES_MAX = 64 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(HttpPush.class);

    private final PushRules rules;
    private final ClientFactory factory;
    private final WebClient client;
    private final PushQueue queue = new PushQueue();
    private final Drain sending = new Drain(this::sendWhatMay);

    public HttpPush(PushRules rules) {
        this.rules = rules;
        this.factory = ClientFactory.builder()
                .connectTimeoutMillis(CONNECT_MILLIS_MAX)
                .preferHttp1(true)
                .build();
        this.client = WebClient.builder()
                .factory(factory)
                .responseTimeoutMillis(REQUEST_MILLIS_MAX)
                .maxResponseLength(ANSWER_BYTES_MAX)
                .build();
    }

    static boolean serves(String address) {
        return address.regionMatches(true, 0, "http://", 0, 7) || address.regionMatches(true, 0, "https://", 0, 8);
    }

    CompletableFuture<Receipt> offer(Delivery delivery) {
        var address = parse(delivery.address());
        if (address == null || !rules.allow(address)) {
            LOG.atWarn()
                    .addKeyValue("address", printable(delivery.address()))
                    .log("not pushed: resonate.push does not allow the address");
            return CompletableFuture.completedFuture(Receipt.REFUSED);
        }
        var body = HttpData.wrap(Envelopes.writeMessage(delivery.message()));
        var push = new PushQueue.Push(delivery, address, body, new CompletableFuture<>());
        if (!queue.add(push)) {
            return CompletableFuture.completedFuture(Receipt.BUSY);
        }
        sending.run();
        return push.receipt();
    }

    /** A send that fails at once asks for the next. */
    private void sendWhatMay() {
        for (var push = queue.next(); push != null; push = queue.next()) {
            send(push);
        }
    }

    private static @Nullable URI parse(String address) {
        try {
            return new URI(address);
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** Callers choose addresses: no line break of theirs reaches the log, nor a password. */
    private static String printable(String address) {
        String shown = address.length() > 200 ? address.substring(0, 200) : address;
        return shown.replaceAll("\\p{Cntrl}", "?").replaceAll("//[^/@]*@", "//");
    }

    private void send(PushQueue.Push push) {
        var headers = RequestHeaders.builder(HttpMethod.POST, push.address().toString())
                .contentType(MediaType.JSON);
        if (!rules.token().isEmpty()) {
            headers.add(HttpHeaderNames.AUTHORIZATION, "Bearer " + rules.token());
        }
        CompletableFuture<Boolean> accepted;
        try {
            var response =
                    client.execute(HttpRequest.of(headers.build(), push.body())).split();
            accepted = response.headers().thenApply(answer -> answer.status().codeClass() == HttpStatusClass.SUCCESS);
            response.body().subscribe();
        } catch (IllegalArgumentException e) {
            accepted = CompletableFuture.failedFuture(e);
        }
        accepted.whenComplete((success, failure) -> {
            if (failure != null) {
                LOG.atDebug()
                        .addKeyValue("address", printable(push.address().toString()))
                        .addKeyValue("cause", failure.toString())
                        .log("push failed");
            }
            push.receipt().complete(failure == null && success ? Receipt.TAKEN : Receipt.MISSED);
            queue.ended(push);
            sending.run();
        });
    }

    @Override
    public void close() {
        factory.closeAsync();
    }
}
