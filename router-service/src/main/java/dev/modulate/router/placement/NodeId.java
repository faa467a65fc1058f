package dev.modulate.router.placement;

import java.util.regex.Pattern;

/** Identity of a node; survives restarts of its process. */
public record NodeId(String value) implements Comparable<NodeId> {
    public static final String RULE = "[a-z0-9-]{1,63}";
    private static final Pattern GRAMMAR = Pattern.compile(RULE);

    public NodeId {
        if (!valid(value)) {
            throw new IllegalArgumentException("node_id: \"" + value + "\" (expected: " + RULE + ")");
        }
    }

    public static boolean valid(String value) {
        return GRAMMAR.matcher(value).matches();
    }

    /** Resource name: {@code nodes/{node}}. */
    public String resourceName() {
        return "nodes/" + value;
    }

    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
