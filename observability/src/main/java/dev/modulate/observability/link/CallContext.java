package dev.modulate.observability.link;

import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestContextStorage;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The Armeria call that a thread is in the middle of. Sending on another call from there fails whenever both live on the
 * same event loop: Armeria enters the other call to report that it is ready, and refuses to be in two calls at a time.
 * Whoever sends on a stream from wherever it happens to be does so {@link #outside}.
 */
public final class CallContext {
    private static final RequestContextStorage STORAGE = storage();

    private CallContext() {}

    /** Runs it on this thread, now, as if the thread were in no call. */
    public static void outside(Runnable work) {
        RequestContext current = STORAGE.currentOrNull();
        if (current == null) {
            work.run();
            return;
        }
        STORAGE.pop(current, null);
        try {
            work.run();
        } finally {
            STORAGE.push(current);
        }
    }

    /** The storage is told to whoever offers to replace it; nobody is replaced here. */
    private static RequestContextStorage storage() {
        var seen = new AtomicReference<RequestContextStorage>();
        RequestContextStorage.hook(storage -> {
            seen.set(storage);
            return storage;
        });
        return seen.get();
    }
}
