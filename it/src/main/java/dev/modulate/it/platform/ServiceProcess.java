package dev.modulate.it.platform;

import dev.modulate.it.process.Http;
import dev.modulate.it.process.JavaCommand;
import dev.modulate.it.process.Processes;
import dev.modulate.it.process.RunningProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;

/** One service of a mesh: its main, its settings, its port. It comes back on the same port. For one thread. */
public final class ServiceProcess {
    private final Processes processes;
    private final Http http;
    private final Path folder;
    private final String name;
    private final String mainClass;
    private final int port;
    private final Map<String, String> settings;
    private RunningProcess running;

    /**
     * Starts the service.
     *
     * @param port of {@code /healthz}
     * @param folder it runs in
     */
    ServiceProcess(
            Processes processes,
            Http http,
            Path folder,
            String name,
            String mainClass,
            int port,
            Map<String, String> settings) {
        this.processes = processes;
        this.http = http;
        this.folder = folder;
        this.name = name;
        this.mainClass = mainClass;
        this.port = port;
        this.settings = new TreeMap<>(settings);
        this.running = launch();
    }

    private RunningProcess launch() {
        var arguments = new ArrayList<String>();
        settings.forEach((key, value) -> {
            arguments.add("--set");
            arguments.add(key + "=" + value);
        });
        return processes.start(name, JavaCommand.quick(mainClass, arguments), folder, Map.of());
    }

    /** Starts it again, with the same settings, after it was killed. */
    public void start() {
        if (running.alive()) {
            throw new IllegalStateException(name + " runs");
        }
        running = launch();
    }

    /** {@code kill -9}. */
    public void kill() {
        running.kill();
    }

    /** {@code kill -9}, and at once a start with the same settings. */
    public void replace() {
        kill();
        start();
    }

    /** True once it answers that it is well. An end says so. */
    public boolean healthy() {
        if (!running.alive()) {
            throw new IllegalStateException(running.tail());
        }
        return http.healthy(port);
    }

    public String name() {
        return name;
    }

    public int port() {
        return port;
    }

    /** The process that runs now, or ran last. */
    public RunningProcess process() {
        return running;
    }
}
