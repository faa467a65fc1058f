package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.machine.Transition.PromisePut;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Trees that something happens to while the store is searched for old ones. Guarded by the lane's lock. */
final class Touched {
    /** More in one look, and the look was for nothing. */
    private static final int TREES_MAX = 100_000;

    private @Nullable Set<String> trees;

    /** Only these matter, once the look is over. */
    private @Nullable Set<String> found;

    void watch() {
        trees = new HashSet<>();
        found = null;
    }

    /** Ends the watch: what the look has found, or finds, is void. */
    void forget() {
        trees = null;
        found = null;
    }

    void add(Change change) {
        if (trees != null && change instanceof PromisePut put) {
            String tree = put.entry().origin().tree();
            if (found == null || found.contains(tree)) {
                trees.add(tree);
            }
            if (trees.size() > TREES_MAX) {
                forget();
            }
        }
    }

    /** Those that nothing has happened to. The watch goes on, over them. */
    List<Tree> without(List<Tree> looked) {
        var seen = trees;
        if (seen == null) {
            return List.of();
        }
        var untouched =
                looked.stream().filter(tree -> !seen.contains(tree.id())).toList();
        found = untouched.stream().map(Tree::id).collect(Collectors.toSet());
        return untouched;
    }
}
