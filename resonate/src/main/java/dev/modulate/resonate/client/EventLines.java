package dev.modulate.resonate.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts a stream of server-sent events into the data of each event. Lines end with LF, CR or CR LF. */
final class EventLines {
    static final int EVENT_BYTES_MAX = 8 << 20;

    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);

    private final Consumer<byte[]> events;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private boolean afterReturn;
    private boolean commented;

    EventLines(Consumer<byte[]> events) {
        this.events = events;
    }

    /** False when an event is longer than {@link #EVENT_BYTES_MAX}. */
    boolean add(byte[] bytes) {
        for (byte next : bytes) {
            if (next == '\n' && afterReturn) {
                afterReturn = false;
                continue;
            }
            afterReturn = next == '\r';
            if (next == '\n' || next == '\r') {
                endLine();
            } else {
                line.write(next);
            }
        }
        return line.size() <= EVENT_BYTES_MAX && data.size() <= EVENT_BYTES_MAX;
    }

    /** True once the stream held a comment: its server keeps it alive with them. */
    boolean commented() {
        return commented;
    }

    private void endLine() {
        byte[] bytes = line.toByteArray();
        line.reset();
        if (bytes.length == 0) {
            if (data.size() > 0) {
                events.accept(data.toByteArray());
                data.reset();
            }
            return;
        }
        if (!startsWithData(bytes)) {
            commented |= bytes[0] == ':';
            return;
        }
        int from = DATA.length < bytes.length && bytes[DATA.length] == ' ' ? DATA.length + 1 : DATA.length;
        if (data.size() > 0) {
            data.write('\n');
        }
        data.write(bytes, from, bytes.length - from);
    }

    private static boolean startsWithData(byte[] bytes) {
        return bytes.length >= DATA.length && java.util.Arrays.equals(bytes, 0, DATA.length, DATA, 0, DATA.length);
    }
}
