package dev.modulate.resonate.store;

/** Every tree of promises belongs to one shard, and a shard to one server at a time. */
public final class Shards {
    public static final int COUNT = 64;

    private Shards() {}

    /** Shard of a tree. Stored: it must never change. */
    public static int of(String tree) {
        int hash = tree.hashCode();
        return Math.floorMod(hash ^ (hash >>> 16), COUNT);
    }
}
