package dev.modulate.router.simulation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Policies side by side on the same workloads and seeds. */
public final class Contest {
    /** A letter for the kind, then the load in percent: synthetic, Azure LLM 2023, hard (more models than memory). */
    public static final List<String> WORKLOADS = List.of("S50", "S70", "S85", "A60", "A80", "H50", "H70");

    private static final int REQUESTS = 20_000;

    private final Path traces;

    /** @param traces folder of the published traces */
    public Contest(Path traces) {
        this.traces = traces;
    }

    /** What a policy came to, seed by seed. */
    public record Row(Entrant entrant, List<Figures> figures) {
        public double mean(ToDoubleFunction<Figures> figure) {
            return figures.stream().mapToDouble(figure).average().orElse(0);
        }
    }

    /** Whether what the workload is made from is there. */
    public boolean has(String workload) {
        return !workload.startsWith("A") || Traces.hasAzure(traces);
    }

    public Row run(String workload, List<Long> seeds, Entrant entrant) throws IOException {
        var figures = new ArrayList<Figures>();
        for (long seed : seeds) {
            figures.add(entrant.race().run(workload(workload, seed), seed));
        }
        return new Row(entrant, figures);
    }

    private Workload workload(String name, long seed) throws IOException {
        double load = Integer.parseInt(name.substring(1)) / 100.0;
        return switch (name.charAt(0)) {
            case 'S' -> Workloads.synthetic(seed, load, REQUESTS, Workloads.Catalogue.NORMAL);
            case 'H' -> Workloads.synthetic(seed, load, REQUESTS, Workloads.Catalogue.HARD);
            case 'A' -> Traces.azure(traces, seed, load);
            default ->
                throw new IllegalArgumentException("workload: " + name + " (expected: one of " + WORKLOADS + ")");
        };
    }
}
