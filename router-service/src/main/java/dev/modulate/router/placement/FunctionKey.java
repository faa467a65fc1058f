package dev.modulate.router.placement;

/** One function version, or one submitted artifact: what an instance that stays warm can run. */
public record FunctionKey(String value) {
    @Override
    public String toString() {
        return value;
    }
}
