package dev.modulate.router.placement;

/** One function version, or one submitted artifact: what an instance that stays warm can run. Begins with its tenant and a slash. */
public record FunctionKey(String value) {
    /** The whole key when it names no tenant: then it shares with itself only. */
    public String tenant() {
        int slash = value.indexOf('/');
        return slash < 0 ? value : value.substring(0, slash);
    }

    @Override
    public String toString() {
        return value;
    }
}
