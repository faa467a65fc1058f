package dev.modulate.resonate.protocol;

/** Where a task stands. {@link #FULFILLED} is final. */
public enum TaskState {
    PENDING("pending"),
    ACQUIRED("acquired"),
    SUSPENDED("suspended"),
    HALTED("halted"),
    FULFILLED("fulfilled");

    private final String wireName;

    TaskState(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
