package dev.modulate.router.placement;

/** Who uses a part of a device: what decides whether another may join. */
record Guest(FunctionKey function, Isolation isolation) {
    /**
     * Symmetric: neither has to bear whom it did not agree to. Calls of one function that ask for different isolations, as
     * those of a script may that brings its spec along, do not meet either: {@link Needs#shape} takes all calls of a tenant
     * that do not ask for their function alone to fit the same places.
     */
    boolean bears(Guest other) {
        if (isolation == Isolation.FUNCTION || other.isolation == Isolation.FUNCTION) {
            return isolation == other.isolation && function.equals(other.function);
        }
        return function.sameTenant(other.function)
                || (isolation == Isolation.NONE && other.isolation == Isolation.NONE);
    }
}
