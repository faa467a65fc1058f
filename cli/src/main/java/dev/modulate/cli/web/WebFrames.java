package dev.modulate.cli.web;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The frames of a gRPC-Web answer: a flag, a length, the bytes. */
final class WebFrames implements AutoCloseable {
    private static final int FRAME_BYTES_MAX = 16 << 20;
    private static final int TRAILERS = 0x80;

    private final DataInputStream in;

    record Frame(boolean trailers, ByteBuffer bytes) {}

    WebFrames(InputStream in) {
        this.in = new DataInputStream(in);
    }

    /** The next frame; null at the end. */
    @Nullable
    Frame next() throws IOException {
        int flags = in.read();
        if (flags < 0) {
            return null;
        }
        int length = in.readInt();
        if (length < 0 || length > FRAME_BYTES_MAX) {
            throw new IOException("frame of " + length + " bytes (at most " + FRAME_BYTES_MAX + ")");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the answer ended inside a frame");
        }
        return new Frame((flags & TRAILERS) != 0, ByteBuffer.wrap(bytes));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
