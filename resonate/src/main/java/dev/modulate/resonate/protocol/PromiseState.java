package dev.modulate.resonate.protocol;

/** Where a promise stands. All but {@link #PENDING} are final. */
public enum PromiseState {
    PENDING("pending"),
    RESOLVED("resolved"),
    REJECTED("rejected"),
    REJECTED_CANCELED("rejected_canceled"),
    REJECTED_TIMEDOUT("rejected_timedout");

    private final String wireName;

    PromiseState(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    public boolean settled() {
        return this != PENDING;
    }
}
