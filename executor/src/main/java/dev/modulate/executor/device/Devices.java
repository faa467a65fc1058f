package dev.modulate.executor.device;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * The accelerators of this node. Filled by the executor of a kind; one without accelerators uses {@link #none}.
 *
 * <p>Called by the executor's owner thread: answers come from memory, at once. Whoever implements it measures on a
 * thread of its own and says so through {@link #onChange}.
 */
public interface Devices extends AutoCloseable {
    /** No accelerators. */
    static Devices none() {
        return new NoDevices();
    }

    /** What exists, in a fixed order that does not change while the process lives. */
    List<Accelerator> list();

    /** How each stands now, in the order of {@link #list}. */
    List<AcceleratorLoad> loads();

    /** What the driver says of each, in the order of {@link #list}; empty when there is no driver to ask. */
    default List<DriverHealth> health() {
        return List.of();
    }

    /** Variables for a process that may use these reservations, and no other device. Asked for every process, also with none. */
    Map<String, String> environment(List<Reservation> reservations);

    /** Calls back, on any thread, when a load has changed so much that the router should know at once. */
    void onChange(Runnable listener);

    /**
     * A process group that could use these devices has ended. What is returned says, whenever it is asked, whether all its
     * memory is back. For any thread.
     */
    default BooleanSupplier vacated(long processGroup, List<String> deviceIds) {
        return () -> true;
    }

    /** The memory of an ended process group did not come back in time. For any thread. */
    default void keepsMemory(long processGroup, List<String> deviceIds) {}

    /**
     * Errors that the driver has reported of these devices since a moment of the nano clock, in words, after one more look.
     * Completes soon, on any thread, and never with an exception. For any thread.
     */
    default CompletableFuture<List<String>> incidents(List<String> deviceIds, long sinceNanos) {
        return CompletableFuture.completedFuture(List.of());
    }

    /** Why the node should take no work until an operator has looked; empty when there is no reason. */
    default String alarm() {
        return "";
    }

    /** Starts measuring. */
    void start();

    @Override
    void close();
}
