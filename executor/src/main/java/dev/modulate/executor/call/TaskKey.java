package dev.modulate.executor.call;

/** A durable task and the version that fences older holders. The version is also the number of the attempt. */
public record TaskKey(String id, long version) {
    @Override
    public String toString() {
        return id + "@" + version;
    }
}
