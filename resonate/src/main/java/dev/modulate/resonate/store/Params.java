package dev.modulate.resonate.store;

import dev.modulate.resonate.machine.Entry;
import dev.modulate.resonate.protocol.Value;
import java.io.IOException;
import java.util.function.Supplier;

/** Large params of pending promises, which stay on disk: memory then grows with their number only. */
final class Params {
    /** Most calls carry less, and reading costs more than keeping what is small. */
    static final int HELD_CHARS_MAX = 2_048;

    private Params() {}

    static Entry slim(PromiseStore store, Entry entry) {
        boolean large = entry.origin().source() instanceof Entry.Held held
                && held.value().chars() > HELD_CHARS_MAX;
        return large ? entry.sourced(new Stored(store, entry.id())) : entry;
    }

    /** Reads the param anew each time; it never changes. */
    private record Stored(PromiseStore store, String id) implements Supplier<Value> {
        @Override
        public Value get() {
            var entry = store.find(id);
            if (entry == null) {
                throw new StoreException("promise " + id + " is gone", new IOException("no record"));
            }
            return entry.origin().param();
        }
    }
}
