package dev.modulate.router.placement;

/**
 * Says of a node whether it may run, or should run, an execution. Two that are equal say the same of every node. The
 * policies know nothing else of what users write.
 */
public interface NodeRule {
    /** The same answer for the same profile, always. */
    boolean allows(NodeProfile node);

    /** As its author wrote it; for people. */
    @Override
    String toString();

    /** Allows every node. */
    static NodeRule any() {
        return Any.NODE;
    }
}
