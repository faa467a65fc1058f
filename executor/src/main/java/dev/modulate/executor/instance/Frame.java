package dev.modulate.executor.instance;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One message between an executor and {@code bootstrap.py}: length of the rest (4 bytes), type (1 byte), fields, each
 * with its length (4 bytes). Numbers are big-endian.
 */
final class Frame {
    static final byte CALL = 'C';
    static final byte READY = 'Y';
    static final byte START_FAILED = 'X';
    static final byte RETURNED = 'R';
    static final byte FAILED = 'F';
    static final byte PARTIAL = 'P';
    static final byte STDOUT = 'O';
    static final byte STDERR = 'E';

    /** Above the largest result with its media type; the process is broken when it sends more. */
    static final int BYTES_MAX = 1024 * 1024;

    private final byte type;
    private final byte[] body;

    private Frame(byte type, byte[] body) {
        this.type = type;
        this.body = body;
    }

    byte type() {
        return type;
    }

    /** Not copied. */
    byte[] body() {
        return body;
    }

    /** The next frame, or EOF as an exception. */
    static Frame read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 1 || length > BYTES_MAX) {
            throw new EOFException("frame of " + length + " bytes (expected: 1 to " + BYTES_MAX + ")");
        }
        byte type = in.readByte();
        var body = new byte[length - 1];
        in.readFully(body);
        return new Frame(type, body);
    }

    static void write(OutputStream out, byte type, List<byte[]> fields) throws IOException {
        int length = 1;
        for (byte[] field : fields) {
            length += 4 + field.length;
        }
        var buffer = ByteBuffer.allocate(4 + length).putInt(length).put(type);
        for (byte[] field : fields) {
            buffer.putInt(field.length).put(field);
        }
        out.write(buffer.array());
        out.flush();
    }

    /** The fields of the body, of which there must be this many. */
    byte[][] fields(int count) throws IOException {
        var buffer = ByteBuffer.wrap(body);
        var fields = new byte[count][];
        for (int i = 0; i < count; i++) {
            int length = buffer.remaining() < 4 ? -1 : buffer.getInt();
            if (length < 0 || length > buffer.remaining()) {
                throw new EOFException("frame " + (char) type + ": field " + i + " is cut off");
            }
            fields[i] = new byte[length];
            buffer.get(fields[i]);
        }
        return fields;
    }

    static String text(byte[] field) {
        return new String(field, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "Frame " + (char) type + " of " + body.length + " bytes";
    }
}
