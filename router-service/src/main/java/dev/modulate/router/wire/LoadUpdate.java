package dev.modulate.router.wire;

/** What a node says of a load it was asked for. */
public record LoadUpdate(String loadId, Stage stage, String why) {
    /** Where a load stands on the node. */
    public enum Stage {
        LOADING,
        RESIDENT,
        FAILED,
        REFUSED
    }
}
