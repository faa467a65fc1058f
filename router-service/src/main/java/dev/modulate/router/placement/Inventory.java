package dev.modulate.router.placement;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What one node has loaded of which function: as it said last, and what was placed and ended there since. */
final class Inventory {
    private final Map<FunctionKey, Loaded> loaded = new HashMap<>();
    private final Deque<Unacknowledged> unacknowledged = new ArrayDeque<>();
    private final ToIntFunction<DeviceId> deviceIndex;

    /** Functions whose idle count was changed here since the node last said it. */
    private final Set<FunctionKey> touched = new HashSet<>();

    /** Functions of which reports said something since {@link #takeReported}. */
    private final Set<FunctionKey> reported = new HashSet<>();

    private boolean reportedAnew = true;

    private record Unacknowledged(long sequence, FunctionKey function) {}

    /** @param deviceIndex which of the node's devices that is; -1 when it is none of them */
    Inventory(ToIntFunction<DeviceId> deviceIndex) {
        this.deviceIndex = deviceIndex;
    }

    /** Null when it has nothing of it. */
    @Nullable
    Loaded find(FunctionKey function) {
        return loaded.get(function);
    }

    Collection<Loaded> all() {
        return Collections.unmodifiableCollection(loaded.values());
    }

    void placed(FunctionKey function, long sequence) {
        unacknowledged.add(new Unacknowledged(sequence, function));
        notIdle(function);
    }

    private void notIdle(FunctionKey function) {
        var there = loaded.get(function);
        if (there != null) {
            there.placed();
        }
        touched.add(function);
    }

    void freed(FunctionKey function) {
        of(function).freed();
        touched.add(function);
    }

    void loadEnded(Holding holding, boolean resident) {
        var function = holding.function();
        reported.add(function);
        if (resident) {
            var there = of(function);
            var known = there.residency();
            var now = Residency.loaded(holding);
            there.said(known == null ? now : known.and(now), deviceIndex);
            there.freed();
        }
    }

    void report(NodeLoad load) {
        if (!load.delta()) {
            loaded.values().forEach(Loaded::forget);
            loaded.clear();
            reportedAnew = true;
        }
        for (var function : load.removed()) {
            var gone = loaded.remove(function);
            if (gone != null) {
                gone.forget();
            }
            reported.add(function);
        }
        for (var residency : load.residencies()) {
            var there = of(residency.function());
            there.said(residency, deviceIndex);
            there.asSaid();
            reported.add(residency.function());
        }
        asReported();
        while (!unacknowledged.isEmpty() && unacknowledged.peek().sequence() <= load.ackedSequence()) {
            unacknowledged.remove();
        }
        unacknowledged.forEach(placed -> notIdle(placed.function()));
    }

    /** What a delta leaves out is as the node said before, whatever was counted here since. */
    private void asReported() {
        if (touched.isEmpty()) {
            return;
        }
        reported.addAll(touched);
        for (var function : touched) {
            var there = loaded.get(function);
            if (there != null) {
                there.asSaid();
                if (there.isNothing()) {
                    loaded.remove(function);
                }
            }
        }
        touched.clear();
    }

    private Loaded of(FunctionKey function) {
        return loaded.computeIfAbsent(function, Loaded::new);
    }

    /** Null when all may have changed. */
    @Nullable
    List<FunctionKey> takeReported() {
        if (reportedAnew) {
            reportedAnew = false;
            reported.clear();
            return null;
        }
        if (reported.isEmpty()) {
            return List.of();
        }
        var functions = List.copyOf(reported);
        reported.clear();
        return functions;
    }
}
