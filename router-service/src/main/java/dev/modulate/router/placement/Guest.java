package dev.modulate.router.placement;

/** Who uses a part of a device: what decides whether another may join. */
record Guest(FunctionKey function, Isolation isolation) {
    /** Symmetric: neither has to bear whom it did not agree to. */
    boolean bears(Guest other) {
        if (function.equals(other.function)) {
            return true;
        }
        if (isolation == Isolation.FUNCTION || other.isolation == Isolation.FUNCTION) {
            return false;
        }
        return function.sameTenant(other.function)
                || (isolation == Isolation.NONE && other.isolation == Isolation.NONE);
    }
}
