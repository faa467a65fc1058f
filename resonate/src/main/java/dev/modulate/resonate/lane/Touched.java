package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Trees that something happens to while the store is searched for old ones. Guarded by the lane's lock. */
final class Touched {
    /** More in one look, and the look was for nothing. */
    private static final int TREES_MAX = 100_000;

    private @Nullable Set<String> trees;

    void watch() {
        trees = new HashSet<>();
    }

    /** What the look finds is void. */
    void forget() {
        trees = null;
    }

    void add(Change change) {
        if (trees != null && change instanceof PromisePut put) {
            trees.add(put.entry().origin().tree());
            if (trees.size() > TREES_MAX) {
                forget();
            }
        }
    }

    /** Ends the watch. */
    List<Tree> without(List<Tree> found) {
        var seen = trees;
        trees = null;
        return seen == null
                ? List.of()
                : found.stream().filter(tree -> !seen.contains(tree.id())).toList();
    }
}
