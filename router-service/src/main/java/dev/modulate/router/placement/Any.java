package dev.modulate.router.placement;

/** The rule of those who have none. */
enum Any implements NodeRule {
    NODE;

    @Override
    public boolean allows(NodeProfile node) {
        return true;
    }
}
