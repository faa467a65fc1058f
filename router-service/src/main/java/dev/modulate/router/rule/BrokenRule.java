package dev.modulate.router.rule;

import dev.modulate.router.placement.NodeProfile;
import dev.modulate.router.placement.NodeRule;

/** A rule that does not compile: written for a release that knew more. */
record BrokenRule(String expression) implements NodeRule {
    @Override
    public boolean allows(NodeProfile node) {
        return false;
    }

    @Override
    public String toString() {
        return expression;
    }
}
