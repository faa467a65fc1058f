package dev.modulate.resonate.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes variable-length numbers and texts with their length. */
final class RecordWriter {
    /** Most that an array holds. */
    private static final int BYTES_MAX = Integer.MAX_VALUE - 8;

    private byte[] buffer = new byte[256];
    private int size;

    void number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            buffer[size++] = (byte) ((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
    }

    /** A text or null. */
    void text(@Nullable String text) {
        if (text == null) {
            number(0);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number(bytes.length + 1L);
        room(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    /** Bytes as they are. */
    void raw(byte[] bytes, int length) {
        room(length);
        System.arraycopy(bytes, 0, buffer, size, length);
        size += length;
    }

    /** What another one has written, with its length. */
    void sized(RecordWriter other) {
        number(other.size);
        raw(other.buffer, other.size);
    }

    /** Overwrites four bytes, the lowest first. */
    void fixed(int at, int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            buffer[at + i] = (byte) (value >>> (i * Byte.SIZE));
        }
    }

    byte[] bytes() {
        return Arrays.copyOf(buffer, size);
    }

    int size() {
        return size;
    }

    /** Begins anew; a buffer that has grown beyond a size is given back. */
    void clear(int keptBytesMax) {
        size = 0;
        if (buffer.length > keptBytesMax) {
            buffer = new byte[keptBytesMax];
        }
    }

    private void room(int bytes) {
        if (buffer.length - size < bytes) {
            if (bytes > BYTES_MAX - size) {
                throw new StoreException("what is written at once has more than " + BYTES_MAX + " bytes", null);
            }
            buffer = Arrays.copyOf(buffer, Math.max((int) Math.min(buffer.length * 2L, BYTES_MAX), size + bytes));
        }
    }
}
