package dev.modulate.resonate.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RecordWriter} wrote, and says which record is broken when it is. */
final class RecordReader {
    private final String id;
    private final byte[] bytes;
    private int at;

    RecordReader(String id, byte[] bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /** One of the formats from the first to the last. */
    int format(int first, int last) {
        long format = number();
        if (format < first || format > last) {
            throw broken("format " + format + " (expected: " + (first == last ? "" : first + " to ") + last + ")");
        }
        return (int) format;
    }

    void format(int expected) {
        format(expected, expected);
    }

    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at >= bytes.length) {
                throw broken("ends early");
            }
            byte next = bytes[at++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw broken("number without end");
    }

    /** Number of elements that follow, each of one byte at least. */
    int count() {
        long count = number();
        if (count < 0 || count > bytes.length - at) {
            throw broken("count " + count);
        }
        return (int) count;
    }

    @Nullable
    String text() {
        long length = number() - 1;
        if (length < 0) {
            return null;
        }
        if (length > bytes.length - at) {
            throw broken("text of " + length + " bytes");
        }
        var text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
        at += (int) length;
        return text;
    }

    String present() {
        String text = text();
        if (text == null) {
            throw broken("missing text");
        }
        return text;
    }

    StoreException broken(String what) {
        return new StoreException(
                "record of promise " + id + " is broken: " + what + " at byte " + at, new IOException("broken record"));
    }
}
