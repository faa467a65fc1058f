package dev.modulate.resonate.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes variable-length numbers and texts with their length. */
final class RecordWriter {
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

    byte[] bytes() {
        return Arrays.copyOf(buffer, size);
    }

    private void room(int bytes) {
        if (buffer.length - size < bytes) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + bytes));
        }
    }
}
