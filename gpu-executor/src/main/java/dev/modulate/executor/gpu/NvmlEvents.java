package dev.modulate.executor.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Error events of all boards, of one session with the driver. The driver queues them, so that a look at each poll misses
 * none. Owned by the poller.
 */
final class NvmlEvents {
    private static final Logger LOG = LoggerFactory.getLogger(NvmlEvents.class);

    private static final long XID = 0x8;

    /** No wait: the driver spins through it. */
    private static final int WAIT_MILLIS = 0;

    private static final int EVENT_BYTES = 32;
    private static final int TYPE_AT = 8;
    private static final int DATA_AT = 16;

    private final Nvml nvml;
    private @Nullable MemorySegment set;

    /** @param board its handle in this session */
    record Event(MemorySegment board, Xid xid) {}

    NvmlEvents(Nvml nvml) {
        this.nvml = nvml;
    }

    /** Asks for events from now on; a board that has none is asked for none. */
    void open(Collection<MemorySegment> boards) {
        try {
            var opened = Nvml.ask(arena -> {
                var handle = arena.allocate(ADDRESS);
                nvml.call(NvmlCall.EVENT_SET_CREATE, handle);
                return handle.get(ADDRESS, 0);
            });
            for (var board : boards) {
                register(board, opened);
            }
            set = opened;
        } catch (NvmlException e) {
            LOG.debug("no error events from this driver", e);
        }
    }

    private void register(MemorySegment board, MemorySegment opened) {
        try {
            long offered = nvml.optional(NvmlCall.EVENT_TYPES, board).orElse(0) & XID;
            if (offered != 0) {
                nvml.call(NvmlCall.EVENT_SET_REGISTER, board, offered, opened);
            }
        } catch (NvmlException e) {
            LOG.debug("no error events from this GPU", e);
        }
    }

    /** The next event that has come; empty when there is none. */
    Optional<Event> next() {
        if (set == null) {
            return Optional.empty();
        }
        var from = set;
        try {
            return Nvml.ask(arena -> {
                var event = arena.allocate(EVENT_BYTES, Long.BYTES);
                nvml.call(NvmlCall.EVENT_SET_WAIT, from, event, WAIT_MILLIS);
                return event.get(JAVA_LONG, TYPE_AT) == XID
                        ? Optional.of(new Event(event.get(ADDRESS, 0), new Xid((int) event.get(JAVA_LONG, DATA_AT))))
                        : Optional.<Event>empty();
            });
        } catch (NvmlException e) {
            return Optional.empty(); // As a rule: there is none.
        }
    }

    /** Before the session ends. */
    void close() {
        if (set != null) {
            try {
                nvml.call(NvmlCall.EVENT_SET_FREE, set);
            } catch (NvmlException e) {
                LOG.debug("event set", e); // Of a session that is gone.
            }
            set = null;
        }
    }
}
