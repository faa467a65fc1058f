package dev.modulate.executor.instance;

import java.nio.charset.StandardCharsets;

/** The last bytes a process wrote on stderr. A private lock guards them. */
final class Tail {
    private static final int BYTES_MAX = 4096;

    private final byte[] bytes = new byte[BYTES_MAX];
    private long written;

    synchronized void add(byte[] data, int length) {
        for (int i = Math.max(0, length - BYTES_MAX); i < length; i++) {
            bytes[(int) (written++ % BYTES_MAX)] = data[i];
        }
    }

    synchronized void clear() {
        written = 0;
    }

    synchronized String text() {
        int size = (int) Math.min(written, BYTES_MAX);
        var ordered = new byte[size];
        for (int i = 0; i < size; i++) {
            ordered[i] = bytes[(int) ((written - size + i) % BYTES_MAX)];
        }
        return new String(ordered, StandardCharsets.UTF_8).strip();
    }
}
