package dev.modulate.it.platform;

import dev.modulate.cli.up.UpMain;
import dev.modulate.it.process.JavaCommand;
import dev.modulate.it.process.Processes;
import dev.modulate.it.process.RunningProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code modulate up} as a process of its own, on a free port. For one thread. */
public final class UpProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("Modulate is ready at http://127\\.0\\.0\\.1:(\\d+)");

    private final Processes processes;
    private final RunningProcess running;

    private UpProcess(Path folder, List<String> command, List<String> flags, Map<String, String> environment) {
        processes = new Processes(folder.resolve("logs"));
        var line = new ArrayList<>(command);
        line.addAll(List.of("--data", folder.resolve("data").toString(), "--port", "0", "--set", "resonate.port=0"));
        line.addAll(flags);
        running = processes.start("up", line, folder, environment);
    }

    /**
     * Starts its main; {@link #ready} tells when it can be called.
     *
     * @param folder for data and logs
     * @param flags more of {@code modulate up}
     */
    public static UpProcess start(Path folder, List<String> flags) {
        return new UpProcess(folder, JavaCommand.quick(UpMain.class.getName(), List.of()), flags, Map.of());
    }

    /** Starts it as a user does, by the script, which must have been built. */
    public static UpProcess startByScript(Path script, Path folder, Map<String, String> environment) {
        return new UpProcess(folder, List.of(script.toString(), "up"), List.of(), environment);
    }

    /** True once it has said so. An end says so with its log. */
    public boolean ready() {
        if (!running.alive()) {
            throw new IllegalStateException(running.tail());
        }
        return READY.matcher(running.stdout()).find();
    }

    /** Where everything is served. */
    public int port() {
        var matcher = READY.matcher(running.stdout());
        if (!matcher.find()) {
            throw new IllegalStateException("not ready\n" + running.tail());
        }
        return Integer.parseInt(matcher.group(1));
    }

    public RunningProcess process() {
        return running;
    }

    @Override
    public void close() {
        processes.close();
    }
}
