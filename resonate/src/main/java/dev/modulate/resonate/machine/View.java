package dev.modulate.resonate.machine;

import org.jspecify.annotations.Nullable;

/** The promises as they are now. */
public interface View {
    @Nullable
    Entry find(String id);
}
