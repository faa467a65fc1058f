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
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts messages to {@code http} and {@code https} addresses, a bounded number at a time; any 2xx is a receipt. Redirects
 * are not followed. A private lock guards what waits.
 */
public final class HttpPush implements AutoCloseable {
    static final int PUSHES_MAX = 256;
    static final int WAITING_MAX = 10_000;

    private static final long CONNECT_MILLIS_MAX = 10_000;
    private static final long REQUEST_MILLIS_MAX = 180_000;
    private static final long ANSWER_BYTES_MAX = 64 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(HttpPush.class);

    private final PushRules rules;
    private final ClientFactory factory;
    private final WebClient client;
    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<Push> waiting = new ArrayDeque<>();
    private int running;

    private record Push(URI address, HttpData body, CompletableFuture<Receipt> receipt) {}

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
        var push =
                new Push(address, HttpData.wrap(Envelopes.writeMessage(delivery.message())), new CompletableFuture<>());
        lock.lock();
        try {
            if (running >= PUSHES_MAX) {
                if (waiting.size() >= WAITING_MAX) {
                    return CompletableFuture.completedFuture(Receipt.MISSED);
                }
                waiting.add(push);
                return push.receipt();
            }
            running++;
        } finally {
            lock.unlock();
        }
        send(push);
        return push.receipt();
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

    private void send(Push push) {
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
            next();
        });
    }

    private void next() {
        Push push;
        lock.lock();
        try {
            push = waiting.poll();
            if (push == null) {
                running--;
                return;
            }
        } finally {
            lock.unlock();
        }
        send(push);
    }

    @Override
    public void close() {
        factory.closeAsync();
    }
}
