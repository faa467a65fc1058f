package dev.modulate.executor.instance;

import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Instances that can stand in for each other: same code, same environment, same devices. Owned by the lane. */
final class InstanceGroup {
    /** @param variant what tells apart runs of one artifact that is not deployed: its spec is not fixed by a version */
    record Key(String functionKey, String variant, List<Reservation> reservations) {
        static Key of(Program program, List<Reservation> reservations) {
            String variant = program.version() > 0
                    ? ""
                    : program.language() + " " + program.handler() + " " + program.environment();
            return new Key(program.functionKey(), variant, List.copyOf(reservations));
        }
    }

    final Key key;
    final List<PooledInstance> all = new ArrayList<>();

    /** The one that was used last comes first. */
    final Deque<PooledInstance> idle = new ArrayDeque<>();

    final Deque<InstanceRequest> waiting = new ArrayDeque<>();

    InstanceGroup(Key key) {
        this.key = key;
    }

    long starting() {
        return all.stream()
                .filter(instance -> instance.state == PooledInstance.State.STARTING)
                .count();
    }

    boolean empty() {
        return all.isEmpty() && waiting.isEmpty();
    }
}
