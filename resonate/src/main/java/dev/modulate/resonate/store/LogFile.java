package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log of the engine (its write-ahead log and its manifest have one format) to tell a torn end from damage. A
 * crash leaves an incomplete record at the very end. The engine takes a record whose length is damaged for that, if only
 * it reaches past the end, and would silently drop it and all that follow in the block.
 *
 * <p>Format: blocks of 32 KiB; a record lies in one block and has a header of checksum (4 bytes, CRC-32C of type and
 * payload, masked), length (2) and type (1). The end of a block with no room for a header is padding.
 */
final class LogFile {
    private static final int BLOCK_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 7;
    static final int WHOLE = 1;
    static final int FIRST = 2;
    static final int LAST = 4;

    /** Types that come alone: the engine's notes about compression and timestamps. */
    private static final int OTHER_TYPES_FROM = 9;

    private static final int MASK_DELTA = 0xa282ead8;

    private final Path file;

    LogFile(Path file) {
        this.file = file;
    }

    /**
     * One physical record.
     *
     * @param type {@link #WHOLE} logical record, or its {@link #FIRST}, middle or {@link #LAST} part
     */
    record Part(long offset, int type, ByteBuffer payload) {}

    /**
     * Where bytes are not those that were written.
     *
     * @param offset of the record
     */
    record Damage(long offset, String what) {}

    /** The first damage, or null: a torn end is none. */
    @Nullable
    Damage damage() throws IOException {
        var found = new Damage[1];
        read(part -> {}, damage -> {
            if (found[0] == null) {
                found[0] = damage;
            }
        });
        return found[0];
    }

    /** Reads on behind damage, at the next record that is sound. */
    void read(Consumer<Part> sound, Consumer<Damage> damaged) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (long offset = 0; ; offset += BLOCK_BYTES) {
                block.clear();
                while (block.hasRemaining() && channel.read(block, offset + block.position()) >= 0) {
                    // Until the block is full or the file ends.
                }
                block.flip();
                new Block(block, offset).read(sound, damaged);
                if (block.limit() < BLOCK_BYTES) {
                    return;
                }
            }
        }
    }

    /** One block; all but the last of a file are full. */
    private record Block(ByteBuffer bytes, long start) {
        void read(Consumer<Part> sound, Consumer<Damage> damaged) {
            int at = 0;
            while (bytes.limit() - at >= HEADER_BYTES) {
                if (sound(at, length(at))) {
                    sound.accept(part(at));
                    at += HEADER_BYTES + length(at);
                    continue;
                }
                String what = mistake(at);
                if (what != null) {
                    damaged.accept(new Damage(start + at, what));
                }
                at = next(at + 1);
            }
        }

        /** Why the bytes there are no record; null when they are the torn end of the file. */
        private @Nullable String mistake(int at) {
            boolean last = bytes.limit() < BLOCK_BYTES;
            if (last && zeros(at)) {
                return null;
            }
            if (at + HEADER_BYTES + length(at) <= bytes.limit()) {
                return "checksum mismatch";
            }
            boolean torn = last && next(at + 1) == bytes.limit() && !sound(at, bytes.limit() - at - HEADER_BYTES);
            return torn ? null : "length " + length(at) + " reaches too far";
        }

        /** The next place where a sound record begins, or the end. */
        private int next(int from) {
            for (int at = from; bytes.limit() - at >= HEADER_BYTES; at++) {
                if (sound(at, length(at))) {
                    return at;
                }
            }
            return bytes.limit();
        }

        private boolean sound(int at, int length) {
            int type = bytes.get(at + 6) & 0xff;
            if (at + HEADER_BYTES + length > bytes.limit()
                    || type < WHOLE
                    || (type > LAST && type < OTHER_TYPES_FROM)) {
                return false;
            }
            var crc = new CRC32C();
            crc.update(bytes.slice(at + 6, 1 + length));
            int value = (int) crc.getValue();
            return bytes.getInt(at) == Integer.rotateRight(value, 15) + MASK_DELTA;
        }

        private boolean zeros(int from) {
            for (int at = from; at < bytes.limit(); at++) {
                if (bytes.get(at) != 0) {
                    return false;
                }
            }
            return true;
        }

        private int length(int at) {
            return bytes.getShort(at + 4) & 0xffff;
        }

        private Part part(int at) {
            var payload = ByteBuffer.allocate(length(at)).put(bytes.slice(at + HEADER_BYTES, length(at)));
            return new Part(start + at, bytes.get(at + 6), payload.flip());
        }
    }
}
