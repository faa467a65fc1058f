package dev.modulate.bench.openb;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Isolation;
import dev.modulate.router.placement.Link;
import dev.modulate.router.placement.Needs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the openb lists: machines, pods, and the allocation that was published for them. */
final class Traces {
    private static final FunctionKey FUNCTION = new FunctionKey("openb/functions/pod/versions/1");
    private static final long MIB = 1L << 20;
    private static final int COLUMNS_BEFORE_MARKS = 5;

    private final Path folder;

    Traces(Path folder) {
        this.folder = folder;
    }

    /** The file that is missing; null when all are there. */
    @Nullable
    Path missing() {
        for (String name : List.of(
                "openb_node_list_gpu_node.csv",
                "openb_pod_list_default.csv",
                "openb_pod_list_gpushare100.csv",
                "fgd_expected_allocation.csv")) {
            if (!Files.isReadable(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        return null;
    }

    Cluster cluster() {
        return new Cluster(rows("openb_node_list_gpu_node.csv").stream()
                .map(row -> new Cluster.Machine(row[0], number(row, 1), number(row, 2) * MIB, number(row, 3), row[4]))
                .toList());
    }

    /** @param name such as {@code default}, of {@code openb_pod_list_default.csv} */
    List<Pod> pods(String name) {
        return rows("openb_pod_list_" + name + ".csv").stream().map(Traces::pod).toList();
    }

    /** Published allocation in percent when the given percentage of the cluster has been asked for, over all seeds. */
    double published(String name, String policy, int mark) {
        return rows("fgd_expected_allocation.csv").stream()
                .filter(row -> row[0].equals("openb_pod_list_" + name) && row[1].equals(policy))
                .mapToDouble(row -> Double.parseDouble(row[COLUMNS_BEFORE_MARKS + mark]))
                .average()
                .orElseThrow(() -> new IllegalStateException("nothing published for " + policy + " on " + name));
    }

    private static Pod pod(String[] row) {
        int devices = number(row, 3);
        int millis = devices == 0 ? 0 : number(row, 4);
        double seconds = text(row, 10).isEmpty() || text(row, 9).isEmpty()
                ? 0
                : Double.parseDouble(row[9]) - Double.parseDouble(row[10]);
        return new Pod(
                needs(number(row, 1), number(row, 2) * MIB, devices, millis, text(row, 5)), devices, millis, seconds);
    }

    static Needs needs(int cpuMillis, long memoryBytes, int devices, int millis, String model) {
        return new Needs(
                FUNCTION,
                Cluster.POOL,
                Map.of(),
                cpuMillis,
                memoryBytes,
                devices == 0 ? null : accelerators(devices, millis, model));
    }

    private static Needs.Accelerators accelerators(int devices, int millis, String model) {
        if (millis >= 1_000) {
            return new Needs.Accelerators(model, devices, 0);
        }
        return new Needs.Accelerators(
                model, devices, Cluster.SHARED_BYTES * millis / 1_000, millis, "", Link.PREFERRED, Isolation.TENANT);
    }

    private List<String[]> rows(String name) {
        try {
            var lines = Files.readAllLines(folder.resolve(name));
            var rows = new ArrayList<String[]>(lines.size());
            for (String line : lines.subList(1, lines.size())) {
                if (!line.isBlank()) {
                    rows.add(line.split(",", -1));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    private static String text(String[] row, int column) {
        return column < row.length ? row[column] : "";
    }

    private static int number(String[] row, int column) {
        return text(row, column).isEmpty() ? 0 : (int) Double.parseDouble(row[column]);
    }
}
