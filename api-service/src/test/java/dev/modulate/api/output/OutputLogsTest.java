package dev.modulate.api.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.OutputChunk;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OutputLogsTest {
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final int CHUNK_BYTES = 64 * 1024;

    private final AtomicLong nanoTime = new AtomicLong();
    private final OutputLogs logs = new OutputLogs(8L << 20, KEPT, nanoTime::get);

    @Test
    void keepsTheNewestOutputOfAnInvocation() {
        logs.expect("t");
        for (int i = 0; i < 100; i++) {
            logs.append("t", chunk(1, (long) i * CHUNK_BYTES));
        }

        assertThat(logs.heldBytes()).isLessThanOrEqualTo(OutputLogs.LOG_BYTES_MAX);
        var first = logs.next("t", new Position(0, 0));
        assertThat(first).isNotNull().matches(chunk -> chunk.getOffset() > 80L * CHUNK_BYTES);
        assertThat(logs.expect("t")).isEqualTo(new Position(1, 100L * CHUNK_BYTES));
    }

    @Test
    void allInvocationsShareOneBound() {
        for (int task = 0; task < 20; task++) {
            logs.expect("t" + task);
            for (int i = 0; i < 15; i++) {
                logs.append("t" + task, chunk(1, (long) i * CHUNK_BYTES));
            }
        }

        assertThat(logs.heldBytes()).isLessThanOrEqualTo(8L << 20);
    }

    @Test
    void theOldestGoFirstWhenRoomGetsScarce() {
        for (int task = 0; task < 8; task++) {
            nanoTime.incrementAndGet();
            logs.expect("t" + task);
            for (int i = 0; i < 15; i++) {
                logs.append("t" + task, chunk(1, (long) i * CHUNK_BYTES));
            }
        }

        logs.sweep();

        assertThat(logs.next("t0", new Position(0, 0))).isNull();
        assertThat(logs.next("t7", new Position(0, 0))).isNotNull();
    }

    @Test
    void outputOfFinishedInvocationsGoesAfterAWhile() {
        logs.expect("t");
        logs.append("t", chunk(1, 0));
        logs.finished("t");

        nanoTime.addAndGet(KEPT.toNanos() - 1);
        logs.sweep();
        assertThat(logs.size()).isEqualTo(1);

        nanoTime.addAndGet(1);
        logs.sweep();
        assertThat(logs.size()).isZero();
        assertThat(logs.heldBytes()).isZero();
    }

    @Test
    void aFinishedInvocationWithoutOutputLeavesNothing() {
        logs.expect("t");

        logs.finished("t");

        assertThat(logs.size()).isZero();
    }

    @Test
    void wakesReadersUntilTheyLeave() {
        var woken = new AtomicInteger();
        Runnable reader = woken::incrementAndGet;
        logs.subscribe("t", reader);
        logs.append("t", chunk(1, 0));
        logs.unsubscribe("t", reader);
        logs.append("t", chunk(1, CHUNK_BYTES));

        assertThat(woken).hasValue(1);
    }

    @Test
    void whatNobodyAskedForIsUnwanted() {
        assertThat(logs.append("stranger", chunk(2, 10)).wanted()).isFalse();
        assertThat(logs.size()).isZero();
    }

    private static OutputChunk chunk(long attempt, long offset) {
        return OutputChunk.newBuilder()
                .setAttempt(attempt)
                .setOffset(offset)
                .setData(ByteString.copyFrom(new byte[CHUNK_BYTES]))
                .build();
    }
}
