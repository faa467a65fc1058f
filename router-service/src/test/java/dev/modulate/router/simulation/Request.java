package dev.modulate.router.simulation;

/** One request and what became of it; times in nanoseconds, -1 for not yet. */
final class Request {
    final int id;
    final Workload.Program program;
    final long arrivedAt;
    final double size;
    long begunAt = -1;
    long startedAt = -1;
    long endedAt = -1;
    boolean cold;

    Request(int id, Workload.Program program, Workload.Arrival arrival) {
        this.id = id;
        this.program = program;
        this.arrivedAt = Events.nanos(arrival.seconds());
        this.size = arrival.size();
    }

    boolean done() {
        return endedAt >= 0;
    }

    double waitSeconds() {
        return (startedAt - arrivedAt) / 1e9;
    }

    double responseSeconds() {
        return (endedAt - arrivedAt) / 1e9;
    }
}
