package dev.modulate.resonate.history;

import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.StoreException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** Does to a store's commits what a test wants. Called by the writer only. */
interface CommitAround {
    void commit(PromiseStore store, List<Change> changes);

    /** The store with other commits; a proxy, so that whatever else a store can do goes to the real one. */
    static PromiseStore of(PromiseStore store, CommitAround around) {
        return (PromiseStore) Proxy.newProxyInstance(
                CommitAround.class.getClassLoader(),
                new Class<?>[] {PromiseStore.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        @SuppressWarnings("unchecked") // So it is declared.
                        var changes = (List<Change>) arguments[0];
                        around.commit(store, changes);
                        return null;
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Fails the fifth commit and some others: some before anything was written, some after all of it was. */
    static CommitAround failing(RandomGenerator random, int oneOutOf, AtomicInteger failures) {
        var commits = new AtomicInteger();
        return (store, changes) -> {
            if (commits.incrementAndGet() != 5 && random.nextInt(oneOutOf) > 0) {
                store.commit(changes);
                return;
            }
            if (random.nextBoolean()) {
                store.commit(changes);
            }
            failures.incrementAndGet();
            throw new StoreException("the device said no", new IOException("injected"));
        };
    }

    /** Wrong on purpose: says that a commit is done, and does it with the next one. */
    static CommitAround late() {
        var owed = new ArrayList<Change>();
        return (store, changes) -> {
            if (!owed.isEmpty()) {
                store.commit(List.copyOf(owed));
            }
            owed.clear();
            owed.addAll(changes);
        };
    }
}
