package dev.modulate.router.simulation;

import dev.modulate.router.simulation.Workload.Program;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One GPU: runs one request at a time, keeps the models it has loaded until room is needed. */
final class Gpu {
    final int id;
    final Workload.GpuSpec spec;
    final Host host;
    private final SequencedSet<Program> models = new LinkedHashSet<>();
    private int usedMib;

    @Nullable
    Request running;

    /** What is loaded beside the run, until when; null when nothing is. */
    @Nullable
    Program loading;

    long loadedAt;

    /** Time spent so far, in seconds. */
    double runSeconds;

    double loadSeconds;

    Gpu(int id, Workload.GpuSpec spec, Host host) {
        this.id = id;
        this.spec = spec;
        this.host = host;
    }

    boolean has(Program program) {
        return models.contains(program);
    }

    /** Least recently used first. */
    SequencedSet<Program> models() {
        return models;
    }

    boolean isLoading(long now) {
        return loading != null && loadedAt > now;
    }

    boolean isRoomFor(Program program) {
        return usedMib + program.memoryMib() <= spec.memoryMib();
    }

    int freeMib() {
        return spec.memoryMib() - usedMib;
    }

    void touch(Program program) {
        if (models.contains(program)) {
            models.addLast(program);
        }
    }

    void add(Program program) {
        if (!isRoomFor(program)) {
            throw new IllegalStateException("GPU " + id + " has no room for f" + program.id());
        }
        models.addLast(program);
        usedMib += program.memoryMib();
    }

    void evict(Program program) {
        if (models.remove(program)) {
            usedMib -= program.memoryMib();
        }
    }

    /** Evicts the least recently used that may go until there is room; false when there is none even then. */
    boolean makeRoom(Program program, Predicate<Program> mayGo) {
        for (var model : models.stream().filter(mayGo).toList()) {
            if (isRoomFor(program)) {
                return true;
            }
            evict(model);
        }
        return isRoomFor(program);
    }

    boolean isNeeded(Program program, long now) {
        return (running != null && running.program.equals(program)) || (isLoading(now) && program.equals(loading));
    }
}
