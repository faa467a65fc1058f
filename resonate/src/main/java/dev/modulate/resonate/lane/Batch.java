package dev.modulate.resonate.lane;

import dev.modulate.resonate.machine.Delivery;
import dev.modulate.resonate.machine.Transition.Change;
import dev.modulate.resonate.protocol.ResonateUnavailableException;
import dev.modulate.resonate.store.PromiseStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is written, answered and sent together. */
final class Batch {
    final long number;
    final List<Change> changes = new ArrayList<>();
    final List<Delivery> deliveries = new ArrayList<>();

    /** Trees that are removed after the changes are written. */
    final List<PromiseStore.Tree> removals = new ArrayList<>();

    /** Told null when everything before it is durable, else why it is not. */
    final List<Consumer<@Nullable ResonateUnavailableException>> waiting = new ArrayList<>();

    /** Told before anything that comes later is written. */
    final List<View> views = new ArrayList<>();

    /** Characters in the replies of those who wait. */
    long chars;

    /** When it was closed: what is in the store after it is as of this time. */
    long endMillis;

    /** The store is emptied before the changes are written. */
    boolean emptiesStore;

    /** Somebody who wants to see the store as a batch leaves it. */
    interface View {
        /** @param broken null when the batch is durable, else why it is not */
        void open(long endMillis, @Nullable ResonateUnavailableException broken);
    }

    Batch(long number) {
        this.number = number;
    }

    /** Everything is deleted, what was not written yet too. */
    void empty() {
        emptiesStore = true;
        changes.clear();
        deliveries.clear();
        removals.clear();
    }

    boolean isEmpty() {
        return !emptiesStore && removals.isEmpty() && changes.isEmpty() && deliveries.isEmpty() && size() == 0;
    }

    int size() {
        return changes.size() + waiting.size() + views.size();
    }

    /** Calls that wait for it, and messages that it sends. */
    int answers() {
        return waiting.size() + deliveries.size();
    }

    /** Once it is durable, and nothing later is. */
    void open() {
        Outcomes.each(views, view -> view.open(endMillis, null));
    }

    /** Once it is durable. */
    void tell(Deliveries listeners) {
        Outcomes.each(waiting, one -> one.accept(null));
        Outcomes.each(deliveries, listeners::deliver);
    }

    void fail(ResonateUnavailableException broken) {
        Outcomes.each(views, view -> view.open(endMillis, broken));
        Outcomes.each(waiting, one -> one.accept(broken));
    }
}
