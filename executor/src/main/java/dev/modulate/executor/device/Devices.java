package dev.modulate.executor.device;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;

/**
 * The accelerators of this node. Filled by the executor of a kind; one without accelerators uses {@link #NONE}.
 *
 * <p>Called by the executor's owner thread: answers come from memory, at once. Whoever implements it measures on a
 * thread of its own and says so through {@link #onChange}.
 */
public interface Devices extends AutoCloseable {
    /** No accelerators. */
    Devices NONE = new NoDevices();

    /** What exists, in a fixed order that does not change while the process lives. */
    List<Accelerator> list();

    /** How each stands now, in the order of {@link #list}. */
    List<AcceleratorLoad> loads();

    /** Variables for a process that may use these reservations, and no other device. Asked for every process, also with none. */
    Map<String, String> environment(List<Reservation> reservations);

    /** Calls back, on any thread, when a load has changed so much that the router should know at once. */
    void onChange(Runnable listener);

    /** Starts measuring. */
    void start();

    @Override
    void close();
}
