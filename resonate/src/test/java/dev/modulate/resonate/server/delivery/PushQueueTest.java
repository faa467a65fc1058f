package dev.modulate.resonate.server.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpData;
import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.protocol.Message;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PushQueueTest {
    private static final String SLOW = "http://slow:1/";
    private static final HttpData SMALL = HttpData.wrap(new byte[10]);

    private final PushQueue queue = new PushQueue();

    @Test
    void aHostThatAnswersNothingLeavesRoomForTheOthers() {
        int taken = 0;
        for (int i = 0; i < PushQueue.WAITING_MAX; i++) {
            taken += queue.add(push(SLOW, "slow-" + i, SMALL)) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(PushQueue.WAITING_OF_HOST_MAX);
        assertThat(startAll()).hasSize(PushQueue.PUSHES_OF_HOST_MAX);

        assertThat(queue.add(push("http://quick/", "quick", SMALL))).isTrue();
        assertThat(startAll()).extracting(PushQueueTest::id).containsExactly("quick");
    }

    @Test
    void hostsTakeTurnsAndWhatEndsMakesRoomForTheNext() {
        for (int i = 0; i < 2 * PushQueue.PUSHES_OF_HOST_MAX; i++) {
            queue.add(push(SLOW, "slow-" + i, SMALL));
        }
        queue.add(push("http://quick/", "quick", SMALL));
        var started = startAll();

        assertThat(started).hasSize(PushQueue.PUSHES_OF_HOST_MAX + 1);
        assertThat(started.subList(0, 2)).extracting(PushQueueTest::id).contains("quick");
        queue.ended(started.getFirst());
        assertThat(startAll()).extracting(PushQueueTest::id).containsExactly("slow-" + PushQueue.PUSHES_OF_HOST_MAX);
    }

    @Test
    void anExecuteIsUnderWayOnceAndAgainAfterItsEnd() {
        assertThat(queue.add(push(SLOW, "t", SMALL))).isTrue();
        assertThat(queue.add(push(SLOW, "t", SMALL))).isFalse();
        var started = startAll();
        assertThat(queue.add(push(SLOW, "t", SMALL))).isFalse();

        queue.ended(started.getFirst());
        assertThat(queue.add(push(SLOW, "t", SMALL))).isTrue();
    }

    @Test
    void bytesAreBoundedForAHostAndForAllTogether() {
        var large = HttpData.wrap(new byte[4 << 20]);
        int taken = 0;
        for (int i = 0; i < 40; i++) {
            taken += queue.add(push("http://host-" + i % 8 + "/", "t" + i, large)) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(16);
        var started = startAll();
        assertThat(started).hasSize(16);
        assertThat(queue.add(push("http://host-0/", "more", large))).isFalse();
        started.forEach(queue::ended);
        for (int i = 0; i < 4; i++) {
            assertThat(queue.add(push("http://host-0/", "later-" + i, large))).isTrue();
        }
        assertThat(queue.add(push("http://host-0/", "too-much", large))).isFalse();
    }

    private List<PushQueue.Push> startAll() {
        var started = new ArrayList<PushQueue.Push>();
        for (var push = queue.next(); push != null; push = queue.next()) {
            started.add(push);
        }
        return started;
    }

    private static String id(PushQueue.Push push) {
        return ((Message.Execute) push.delivery().message()).taskId();
    }

    private static PushQueue.Push push(String url, String task, HttpData body) {
        return new PushQueue.Push(
                new Delivery(url, new Message.Execute(task, 0)), URI.create(url), body, new CompletableFuture<>());
    }
}
