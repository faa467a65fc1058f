package dev.modulate.executor.call;

/** Who may use a device at the same time as an execution. */
public enum Isolation {
    /** Executions of the same tenant. */
    TENANT,
    /** Executions of the same function only. */
    FUNCTION,
    /** Anyone who says so too. */
    NONE
}
