package dev.modulate.api.output;

import dev.modulate.invocation.v1.OutputChunk;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The newest output of one invocation: of its newest attempt, in offset order, the oldest bytes dropped first. Chunks
 * come again after a stream broke, and overlap. Guarded by itself; readers are woken by its owner, outside.
 */
final class OutputLog {
    /** What a chunk costs beside its bytes. */
    private static final int CHUNK_OVERHEAD_BYTES = 128;

    private final TreeMap<Long, OutputChunk> chunks = new TreeMap<>();
    private final List<Runnable> readers = new CopyOnWriteArrayList<>();
    private final long bytesMax;
    private long attempt;
    private long endOffset;
    private long heldBytes;
    private volatile long changedAtNanos;
    private volatile boolean finished;

    OutputLog(long bytesMax, long nowNanos) {
        this.bytesMax = bytesMax;
        this.changedAtNanos = nowNanos;
    }

    List<Runnable> readers() {
        return readers;
    }

    long changedAtNanos() {
        return changedAtNanos;
    }

    boolean finished() {
        return finished;
    }

    void finish(long nowNanos) {
        finished = true;
        changedAtNanos = nowNanos;
    }

    synchronized long heldBytes() {
        return heldBytes;
    }

    /** Where the next byte is expected. */
    synchronized Position end() {
        return new Position(attempt, endOffset);
    }

    /** @return by how much the memory grew; negative when it shrank */
    synchronized long append(OutputChunk chunk, long budgetBytes, long nowNanos) {
        long before = heldBytes;
        changedAtNanos = nowNanos;
        if (chunk.getAttempt() > attempt) {
            chunks.clear();
            heldBytes = 0;
            attempt = chunk.getAttempt();
            endOffset = 0;
        }
        long end = chunk.getOffset() + chunk.getData().size();
        if (chunk.getAttempt() == attempt && end > endOffset) {
            var fresh = from(chunk, endOffset);
            endOffset = end;
            hold(fresh, before + Math.max(0, budgetBytes));
        }
        return heldBytes - before;
    }

    /** The first bytes after a position, or null when there are none yet. */
    synchronized @Nullable OutputChunk next(Position position) {
        if (position.attempt() > attempt || chunks.isEmpty()) {
            return null;
        }
        if (position.attempt() < attempt) {
            return chunks.firstEntry().getValue();
        }
        var at = chunks.floorEntry(position.offset());
        if (at != null && at.getKey() + at.getValue().getData().size() > position.offset()) {
            return from(at.getValue(), position.offset());
        }
        var after = chunks.ceilingEntry(position.offset());
        return after == null ? null : after.getValue();
    }

    synchronized long clear() {
        long freed = heldBytes;
        chunks.clear();
        heldBytes = 0;
        return freed;
    }

    private void hold(OutputChunk chunk, long limitBytes) {
        long limit = Math.min(bytesMax, limitBytes);
        chunks.put(chunk.getOffset(), chunk);
        heldBytes += cost(chunk);
        while (heldBytes > limit && !chunks.isEmpty()) {
            heldBytes -= cost(chunks.pollFirstEntry().getValue());
        }
    }

    private static long cost(OutputChunk chunk) {
        return (long) chunk.getData().size() + CHUNK_OVERHEAD_BYTES;
    }

    private static OutputChunk from(OutputChunk chunk, long offset) {
        if (chunk.getOffset() >= offset) {
            return chunk;
        }
        int skipped = (int) (offset - chunk.getOffset());
        return chunk.toBuilder()
                .setOffset(offset)
                .setData(chunk.getData().substring(skipped))
                .build();
    }
}
