package dev.modulate.router.simulation;

import java.util.LinkedHashSet;
import java.util.SequencedSet;

/** Host memory that keeps models for the GPUs of one machine; what was used last stays. */
final class Host {
    private final int memoryMib;
    private final SequencedSet<Workload.Program> models = new LinkedHashSet<>();
    private int usedMib;

    Host(int memoryMib) {
        this.memoryMib = memoryMib;
    }

    boolean has(Workload.Program program) {
        return models.contains(program);
    }

    Iterable<Workload.Program> models() {
        return models;
    }

    double expectedLoadSeconds(Workload.Program program) {
        return has(program) ? program.hostLoadSeconds() : program.remoteLoadSeconds();
    }

    /** Seconds until it is on a GPU; it is kept here from now on. */
    double load(Workload.Program program) {
        double seconds = expectedLoadSeconds(program);
        if (has(program)) {
            models.addLast(program);
            return seconds;
        }
        while (usedMib + program.memoryMib() > memoryMib && !models.isEmpty()) {
            usedMib -= models.removeFirst().memoryMib();
        }
        models.addLast(program);
        usedMib += program.memoryMib();
        return seconds;
    }
}
