package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The writes in a write-ahead log of the engine, read without the engine so that damage in one does not hide the others.
 *
 * <p>A logical record is a batch: 8 bytes sequence, 4 bytes count, then for each write a tag, the family as a variable
 * number, and key and value each with their length.
 */
final class WriteRecords {
    static final int HEADER_BYTES = 12;
    static final int DELETE = 0x4;
    static final int PUT = 0x5;
    private static final int DELETE_RANGE = 0xE;
    private static final int NOTHING = 0xD;

    private final Path log;

    WriteRecords(Path log) {
        this.log = log;
    }

    /** One write; {@link Clear} is how a store is emptied. */
    sealed interface Write {
        int family();
    }

    record Put(int family, ByteBuffer key, ByteBuffer value) implements Write {}

    record Delete(int family, ByteBuffer key) implements Write {}

    record Clear(int family) implements Write {}

    /**
     * @param batches the writes of each batch that is whole
     * @param lost words for each part that is not
     */
    void read(Consumer<List<Write>> batches, Consumer<String> lost) throws IOException {
        var parts = new ArrayList<ByteBuffer>();
        new LogFile(log)
                .read(
                        part -> {
                            if (part.type() == LogFile.WHOLE || part.type() == LogFile.FIRST) {
                                parts.clear();
                            } else if (part.type() > LogFile.LAST || parts.isEmpty()) {
                                return;
                            }
                            parts.add(part.payload());
                            if (part.type() == LogFile.WHOLE || part.type() == LogFile.LAST) {
                                decode(joined(parts), part.offset(), batches, lost);
                                parts.clear();
                            }
                        },
                        damage -> {
                            parts.clear();
                            lost.accept("file " + log + ", byte " + damage.offset() + ": " + damage.what()
                                    + "; the changes of that moment are lost");
                        });
    }

    private static ByteBuffer joined(List<ByteBuffer> parts) {
        var whole = ByteBuffer.allocate(
                parts.stream().mapToInt(ByteBuffer::remaining).sum());
        parts.forEach(part -> whole.put(part.duplicate()));
        return whole.flip();
    }

    private void decode(ByteBuffer batch, long offset, Consumer<List<Write>> batches, Consumer<String> lost) {
        var writes = new ArrayList<Write>();
        try {
            batch.position(HEADER_BYTES);
            while (batch.hasRemaining()) {
                int tag = batch.get();
                switch (tag) {
                    case PUT -> writes.add(new Put(number(batch), bytes(batch), bytes(batch)));
                    case DELETE -> writes.add(new Delete(number(batch), bytes(batch)));
                    case DELETE_RANGE -> {
                        writes.add(new Clear(number(batch)));
                        bytes(batch);
                        bytes(batch);
                    }
                    case NOTHING -> {}
                    default -> throw new IllegalArgumentException("unknown write " + tag);
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            lost.accept("file " + log + ", record that ends at byte " + offset + ": " + e
                    + "; the changes of that moment are lost");
            return;
        }
        batches.accept(writes);
    }

    private static ByteBuffer bytes(ByteBuffer from) {
        int length = number(from);
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        var bytes = from.slice(from.position(), length);
        from.position(from.position() + length);
        return bytes;
    }

    private static int number(ByteBuffer from) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number without end");
    }
}
