package dev.modulate.router.placement;

/** One function version, or one submitted artifact: what an instance that stays warm can run. Begins with its tenant and a slash. */
public record FunctionKey(String value) {
    /** The whole key when it names no tenant: then it shares with itself only. */
    public String tenant() {
        return value.substring(0, tenantLength());
    }

    private int tenantLength() {
        int slash = value.indexOf('/');
        return slash < 0 ? value.length() : slash;
    }

    boolean sameTenant(FunctionKey other) {
        int length = tenantLength();
        return length == other.tenantLength() && value.regionMatches(0, other.value, 0, length);
    }

    @Override
    public String toString() {
        return value;
    }
}
