package dev.modulate.executor;

import com.sun.management.OperatingSystemMXBean;
import dev.modulate.observability.settings.SettingsReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Settings of an executor.
 *
 * @param pool {@code cpu} or {@code gpu}: not a setting, the executor of that kind says it
 */
public record ExecutorSettings(
        String nodeId,
        String pool,
        int slots,
        int cpuMillis,
        long memoryBytes,
        Map<String, String> labels,
        Path data,
        List<String> routers,
        String registry,
        String resonateUrl,
        String resonateToken,
        String python,
        Duration reportPeriod,
        Duration startTimeout,
        Duration drainGrace,
        long artifactCacheMaxBytes,
        String host,
        int metricsPort) {
    private static final Pattern NODE_ID = Pattern.compile("[a-z0-9-]{1,63}");
    private static final int SLOTS_MAX = 4096;

    public ExecutorSettings {
        labels = Map.copyOf(labels);
        routers = List.copyOf(routers);
    }

    /**
     * @param pool {@code cpu} or {@code gpu}
     * @param metricsPort default of that kind
     */
    public static ExecutorSettings read(SettingsReader reader, String pool, int metricsPort) {
        var machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        var settings = new ExecutorSettings(
                reader.text("executor.node-id", defaultNodeId(pool), NODE_ID, "name of this node; survives restarts"),
                pool,
                reader.integer("executor.slots", 16, 1, SLOTS_MAX, "executions the node takes at a time"),
                reader.integer(
                        "executor.cpu",
                        machine.getAvailableProcessors() * 1000,
                        1,
                        Integer.MAX_VALUE,
                        "CPU the node offers, in thousandths of a core"),
                reader.bytes("executor.memory", mebibytes(machine.getTotalMemorySize()), "memory the node offers"),
                reader.map("executor.labels", Map.of(), "labels for placement"),
                reader.path("executor.data", "data/executor-" + pool, "folder for artifacts and inputs"),
                reader.list("executor.routers", List.of("127.0.0.1:8082"), "routers to attach to, in this order"),
                reader.text("executor.registry", "127.0.0.1:8081", "registry to load artifacts from"),
                reader.text("resonate.url", "http://127.0.0.1:8001", "where promises are kept"),
                reader.text("resonate.token", "", "token for the promise server; a secret, so file: or env:"),
                reader.text("executor.python", "python3", "Python interpreter: a path, or a name on the PATH"),
                reader.duration(
                        "executor.report-period",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(10),
                        "time between load reports, unless the router wants another"),
                reader.duration(
                        "executor.start-timeout",
                        Duration.ofMinutes(2),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "longest time a function may take to load"),
                reader.duration(
                        "executor.drain-grace",
                        Duration.ofSeconds(25),
                        Duration.ZERO,
                        Duration.ofHours(24),
                        "time that what runs has to end in when the process is asked to stop"),
                reader.bytes("executor.artifact-cache-max", "4GiB", "size of unpacked artifacts that are kept"),
                reader.text("executor.host", "127.0.0.1", "address that metrics and health are served on"),
                reader.port("executor.metrics-port", metricsPort, "port of metrics and health"));
        if (settings.routers().isEmpty()) {
            reader.mistake("executor.routers", "at least one host:port");
        }
        return settings;
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + "MiB";
    }

    private static String defaultNodeId(String pool) {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "node";
        }
        String safe = host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return safe.substring(0, Math.min(safe.length(), 58)) + "-" + pool;
    }
}
