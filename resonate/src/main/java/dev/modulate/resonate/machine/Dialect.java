package dev.modulate.resonate.machine;

/** Servers of one wire version disagree in details; docs/decisions/0010 has the table. */
public enum Dialect {
    /** What released servers allow, and today's SDKs need. */
    LENIENT,
    /** The rules of the executable specification and of the newest server. */
    STRICT
}
