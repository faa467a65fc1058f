package dev.modulate.resonate.lane;

import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.PromiseStore.Sweep;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the members of trees that a store gives at a time. */
final class CountingStore {
    private final PromiseStore store;
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger parts = new AtomicInteger();

    CountingStore(PromiseStore store) {
        this.store = store;
    }

    PromiseStore counted() {
        return (PromiseStore) Proxy.newProxyInstance(
                CountingStore.class.getClassLoader(),
                new Class<?>[] {PromiseStore.class},
                (proxy, method, arguments) -> {
                    try {
                        var given = method.invoke(store, arguments);
                        switch (given) {
                            case Sweep sweep when !sweep.trees().isEmpty() -> count(sweep.trees());
                            case Tree part -> count(List.of(part));
                            case null, default -> {}
                        }
                        return given;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void count(List<Tree> trees) {
        int members = trees.stream().mapToInt(tree -> tree.members().size()).sum();
        most.accumulateAndGet(members, Math::max);
        parts.incrementAndGet();
    }

    /** Most members at a time. */
    int most() {
        return most.get();
    }

    /** Times that there were any. */
    int parts() {
        return parts.get();
    }
}
