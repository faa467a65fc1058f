package dev.modulate.resonate.server.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.observability.link.Backoff;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.embedded.Receipt;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Value;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MessagesTest {
    private static final String ME = "poll://uni@g/me";
    private static final Backoff QUICK = new Backoff(Duration.ofMillis(1), Duration.ofMillis(2));

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PollGroups groups = new PollGroups(new Random(1));
    private final HttpPush push = new HttpPush(PushRules.of(List.of("none"), ""));
    private final Messages messages = new Messages(groups, push, new Random(1), meters, QUICK);

    @AfterEach
    void close() {
        messages.close();
    }

    @Test
    void aListenerWithoutRoomIsTriedUntilItHasSome() {
        var tries = new AtomicInteger();
        listen(message -> CompletableFuture.completedFuture(
                tries.incrementAndGet() <= 3 * Messages.TRIES_MAX ? Receipt.BUSY : Receipt.TAKEN));

        messages.deliver(unblock("a", ""));

        await().until(() -> count("unblock", "taken") == 1);
        assertThat(count("unblock", "lost")).isZero();
        assertThat(messages.waiting()).isZero();
    }

    @Test
    void aListenerThatStaysAwayIsGivenUp() {
        messages.deliver(unblock("a", ""));

        await().until(() -> count("unblock", "lost") == 1);
        assertThat(count("unblock", "repeated")).isEqualTo(Messages.TRIES_MAX - 1);
        assertThat(messages.waiting()).isZero();
    }

    @Test
    void manyExecutesTakeNoRoomFromAnUnblock() {
        var blocked = new CountDownLatch(1);
        var taken = new ConcurrentLinkedQueue<Message>();
        listen(message -> {
            try {
                blocked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            taken.add(message);
            return CompletableFuture.completedFuture(Receipt.TAKEN);
        });

        for (int i = 0; i < 2 * Messages.EXECUTES_MAX; i++) {
            messages.deliver(new Delivery(ME, new Message.Execute("t" + i, 0)));
        }
        messages.deliver(unblock("a", ""));
        blocked.countDown();

        await().until(() -> taken.stream().anyMatch(Message.Unblock.class::isInstance));
        assertThat(count("execute", "lost")).isGreaterThan(Messages.EXECUTES_MAX - 10);
    }

    @Test
    void charactersOfWhatWaitsAreBounded() {
        String large = "x".repeat(1 << 20);
        var tries = new AtomicInteger();
        listen(message -> CompletableFuture.completedFuture(
                tries.incrementAndGet() > 0 && count("unblock", "lost") < 6 ? Receipt.BUSY : Receipt.TAKEN));

        for (int i = 0; i < 70; i++) {
            messages.deliver(unblock("a" + i, large));
        }

        await().until(() -> count("unblock", "taken") + count("unblock", "lost") == 70);
        assertThat(count("unblock", "lost")).isGreaterThanOrEqualTo(6);
    }

    private void listen(PollGroups.Receiver receiver) {
        assertThat(groups.add(new PollGroups.Connection("g", "me", receiver))).isTrue();
    }

    private double count(String kind, String outcome) {
        return meters.get("modulate.resonate.messages")
                .tags("kind", kind, "outcome", outcome)
                .counter()
                .count();
    }

    private static Delivery unblock(String id, String value) {
        return new Delivery(
                ME,
                new Message.Unblock(new Promise(
                        id, PromiseState.RESOLVED, Value.EMPTY, new Value(Map.of(), value), Map.of(), 1, 1, 1L)));
    }
}
