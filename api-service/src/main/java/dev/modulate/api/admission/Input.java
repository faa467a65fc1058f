package dev.modulate.api.admission;

/** Bytes of a call's input; nobody writes to them. */
public final class Input {
    private final byte[] bytes;

    private Input(byte[] bytes) {
        this.bytes = bytes;
    }

    /** @param bytes given away by the caller */
    public static Input of(byte[] bytes) {
        return new Input(bytes);
    }

    int size() {
        return bytes.length;
    }

    byte[] bytes() {
        return bytes;
    }
}
