package dev.modulate.executor.output;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.OutputKind;
import dev.modulate.executor.call.TaskKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt has written so far: the newest bytes, up to a bound, all streams counted together. A function is
 * never slowed down by a reader; a reader that lags too far misses the middle. Owned by the lane.
 */
public final class AttemptOutput {
    private static final long BYTES_MAX = 1024 * 1024;
    private static final int PIECES_MAX = 8192;

    private final TaskKey task;
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private long kept;
    private long end;

    /** Who gets it. */
    final List<Delivery> deliveries = new ArrayList<>();

    /** @param offset of the first byte */
    record Piece(OutputKind kind, long offset, ByteString data) {
        long end() {
            return offset + data.size();
        }

        Piece from(long wanted) {
            return wanted <= offset ? this : new Piece(kind, wanted, data.substring((int) (wanted - offset)));
        }
    }

    public AttemptOutput(TaskKey task) {
        this.task = task;
    }

    TaskKey task() {
        return task;
    }

    void append(OutputKind kind, ByteString data) {
        pieces.put(end, new Piece(kind, end, data));
        end += data.size();
        kept += data.size();
        while (pieces.size() > 1 && (kept > BYTES_MAX || pieces.size() > PIECES_MAX)) {
            kept -= pieces.pollFirstEntry().getValue().data().size();
        }
    }

    long end() {
        return end;
    }

    /** The next bytes at or after the offset; null when there are none yet. */
    @Nullable
    Piece from(long offset) {
        Map.Entry<Long, Piece> at = pieces.floorEntry(offset);
        if (at != null && at.getValue().end() > offset) {
            return at.getValue().from(offset);
        }
        Map.Entry<Long, Piece> after = pieces.ceilingEntry(offset);
        return after == null ? null : after.getValue();
    }
}
