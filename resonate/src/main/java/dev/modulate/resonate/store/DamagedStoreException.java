package dev.modulate.resonate.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Bytes on disk are not those that were written. The message names the file and the command that repairs. */
public final class DamagedStoreException extends StoreException {
    private static final long serialVersionUID = 1L;

    public DamagedStoreException(Path folder, String what, @Nullable Throwable cause) {
        super(
                "promise store in " + folder + " is damaged: " + what
                        + ". Nothing was changed. Restore a copy of the folder, or save what can be read: modulate"
                        + " resonate --repair " + folder,
                cause);
    }
}
