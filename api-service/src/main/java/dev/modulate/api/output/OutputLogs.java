package dev.modulate.api.output;

import dev.modulate.invocation.v1.OutputChunk;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Output of invocations that somebody here called or watches, for those who watch now and for a while after the end.
 * Bounded in invocations and in bytes: the newest output of each is kept, and the oldest logs go first.
 *
 * <p>For any thread.
 */
public final class OutputLogs {
    /** Newest output kept of one invocation. */
    public static final long LOG_BYTES_MAX = 1L << 20;

    static final int LOGS_MAX = 65_536;

    private final Map<String, OutputLog> logs = new ConcurrentHashMap<>();
    private final AtomicLong heldBytes = new AtomicLong();
    private final long bytesMax;
    private final Duration kept;
    private final LongSupplier nanoTime;

    /**
     * What became of a chunk.
     *
     * @param end output below it was taken over
     * @param wanted false when nobody here asked for it
     */
    record Taken(Position end, boolean wanted) {}

    private record Aged(String taskId, OutputLog log, long age) {}

    /** @param kept how long output of finished invocations is held */
    public OutputLogs(long bytesMax, Duration kept, LongSupplier nanoTime) {
        this.bytesMax = bytesMax;
        this.kept = kept;
        this.nanoTime = nanoTime;
    }

    public long heldBytes() {
        return heldBytes.get();
    }

    public int size() {
        return logs.size();
    }

    /**
     * Output of this invocation will be wanted, as far as there is room.
     *
     * @return the position from which it is missing here
     */
    public Position expect(String taskId) {
        var known = logs.get(taskId);
        if (known != null) {
            return known.end();
        }
        if (logs.size() < LOGS_MAX) {
            log(taskId);
        }
        return Position.START;
    }

    /**
     * Wakes the reader whenever there is more to read, until {@link #unsubscribe}.
     *
     * @return the position from which output is missing here
     */
    public Position subscribe(String taskId, Runnable reader) {
        var log = log(taskId);
        log.readers().add(reader);
        return log.end();
    }

    public void unsubscribe(String taskId, Runnable reader) {
        var log = logs.get(taskId);
        if (log != null) {
            log.readers().remove(reader);
            if (log.finished() && log.heldBytes() == 0) {
                logs.remove(taskId, log);
            }
        }
    }

    /** The first bytes after a position, or null when there are none yet. */
    public @Nullable OutputChunk next(String taskId, Position position) {
        var log = logs.get(taskId);
        return log == null ? null : log.next(position);
    }

    Taken append(String taskId, OutputChunk chunk) {
        var log = logs.get(taskId);
        if (log == null) {
            long end = chunk.getOffset() + chunk.getData().size();
            return new Taken(new Position(chunk.getAttempt(), end), false);
        }
        heldBytes.addAndGet(log.append(chunk, bytesMax - heldBytes.get(), nanoTime.getAsLong()));
        log.readers().forEach(Runnable::run);
        return new Taken(log.end(), true);
    }

    /** No more output comes. What is empty goes at once. */
    public void finished(String taskId) {
        var log = logs.get(taskId);
        if (log != null) {
            log.finish(nanoTime.getAsLong());
            if (log.heldBytes() == 0 && log.readers().isEmpty()) {
                logs.remove(taskId, log);
            }
        }
    }

    /** Drops what is old, and the oldest of what nobody reads when the room gets scarce. */
    public void sweep() {
        long now = nanoTime.getAsLong();
        logs.forEach((taskId, log) -> {
            if (log.finished() && now - log.changedAtNanos() >= kept.toNanos()) {
                drop(taskId, log);
            }
        });
        if (scarce(logs.size(), LOGS_MAX) || scarce(heldBytes.get(), bytesMax)) {
            logs.entrySet().stream()
                    .map(each -> new Aged(
                            each.getKey(),
                            each.getValue(),
                            now - each.getValue().changedAtNanos()))
                    .sorted(Comparator.comparingLong(Aged::age).reversed())
                    .limit(logs.size() / 4 + 1)
                    .forEach(aged -> drop(aged.taskId, aged.log));
        }
    }

    private static boolean scarce(long used, long max) {
        return used > max / 4 * 3;
    }

    private void drop(String taskId, OutputLog log) {
        if (log.readers().isEmpty() && logs.remove(taskId, log)) {
            heldBytes.addAndGet(-log.clear());
        }
    }

    private OutputLog log(String taskId) {
        return logs.computeIfAbsent(taskId, _ -> new OutputLog(LOG_BYTES_MAX, nanoTime.getAsLong()));
    }
}
