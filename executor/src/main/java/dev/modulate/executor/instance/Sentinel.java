package dev.modulate.executor.instance;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A shell that outlives the executor by a moment: it reads from a pipe which process groups exist, and when the pipe
 * ends, however the executor died, it kills what is left of them. The parent-death signal reaches the spawned process
 * only; this reaches its children too.
 *
 * <p>A private lock guards the pipe; a line always fits into it.
 */
final class Sentinel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sentinel.class);

    /** `+GROUP` adds, `-GROUP` forgets. Signals to the executor's terminal must not end it first. */
    private static final String SCRIPT = """
            trap '' INT TERM HUP
            groups=' '
            while read -r line; do
              group=${line#?}
              case $line in
                +*) groups="$groups$group " ;;
                -*) groups="${groups%% $group *} ${groups#* $group }" ;;
              esac
            done
            for group in $groups; do kill -9 "-$group" 2>/dev/null; done
            """;

    private final Object lock = new Object();
    private @Nullable OutputStream pipe;

    /** @param setsid path of setsid(1): a signal to the executor's own group must not reach the shell */
    void start(String setsid) {
        try {
            var process = new ProcessBuilder(List.of(setsid, "/bin/sh", "-c", SCRIPT, "modulate-sentinel"))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            synchronized (lock) {
                pipe = process.getOutputStream();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("sentinel", e);
        }
    }

    void add(long group) {
        tell("+" + group + "\n");
    }

    void forget(long group) {
        tell("-" + group + "\n");
    }

    private void tell(String line) {
        synchronized (lock) {
            if (pipe == null) {
                return;
            }
            try {
                pipe.write(line.getBytes(StandardCharsets.US_ASCII));
                pipe.flush();
            } catch (IOException e) {
                LOG.atWarn()
                        .addKeyValue("cause", e.getMessage())
                        .log("sentinel is gone; nothing watches over function processes");
                pipe = null;
            }
        }
    }

    /** What is still registered is killed. */
    @Override
    public void close() {
        synchronized (lock) {
            if (pipe != null) {
                try {
                    pipe.close();
                } catch (IOException e) {
                    LOG.atDebug().addKeyValue("cause", e.getMessage()).log("sentinel was gone");
                }
                pipe = null;
            }
        }
    }
}
