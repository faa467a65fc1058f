package dev.modulate.router.wire;

/** Who reads how a call ended, which decides how it is written. */
public enum Reader {
    /** An API of this platform. */
    API,
    /** A program of a Resonate SDK. */
    SDK
}
