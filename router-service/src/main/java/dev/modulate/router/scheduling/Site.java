package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Residency;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One node as the scheduler sees it: its view, and beside it what runs there since when and what was used last. */
final class Site {
    final SiteKind kind;
    final Bag.Seat<Site> seat = new Bag.Seat<>(this);
    final Bag.Seat<Site> freeSeat = new Bag.Seat<>(this);
    final List<Execution> running = new ArrayList<>(2);
    private final SequencedMap<Model, Resident> residents = new LinkedHashMap<>();
    private final double speed;
    private NodeView view;

    /** Whether it stands in the list of sites to look at. */
    boolean noted;

    /** What it loads beside what runs, with no call bound to it; null when nothing. */
    @Nullable
    Model loading;

    long loadedAt;

    Site(NodeView view, SiteKind kind, double speed) {
        this.view = view;
        this.kind = kind;
        this.speed = speed;
    }

    NodeId id() {
        return view.id();
    }

    NodeView view() {
        return view;
    }

    /** A node that came back starts with nothing in hand. */
    void view(NodeView next) {
        if (view != next) {
            loading = null;
        }
        view = next;
    }

    double speed() {
        return speed;
    }

    /** Least recently used first. */
    Iterable<Resident> residents() {
        return residents.values();
    }

    int slots() {
        return view.state() == NodeState.ACTIVE ? view.profile().slotCount() : 0;
    }

    void beginLoad(Model model, long until) {
        loading = model;
        loadedAt = until;
        touch(model);
        refresh();
    }

    /** When the first of its executions is expected to end; zero when it has room. */
    double firstFreeSeconds(Forecast forecast, long now) {
        if (view.freeSlots() > 0) {
            return 0;
        }
        double first = Double.POSITIVE_INFINITY;
        for (var execution : running) {
            first = Math.min(first, forecast.remainingSeconds(execution, now));
        }
        return first;
    }

    int runningOf(Model model) {
        int count = 0;
        for (var execution : running) {
            if (execution.model == model) {
                count++;
            }
        }
        return count;
    }

    @Nullable
    Resident resident(Model model) {
        return residents.get(model);
    }

    /** It is there and was used last. */
    Resident touch(Model model) {
        var known = residents.get(model);
        var resident = known == null ? new Resident(model, this) : known;
        residents.putLast(model, resident);
        return resident;
    }

    /** Takes over what the view says is loaded. */
    void readResidents(Function<FunctionKey, Model> models) {
        var gone = new ArrayList<>(residents.values());
        for (var residency : view.residencies()) {
            if (residency.tier() == Residency.Tier.DEVICE || residency.instanceCount() > 0) {
                var resident = stay(models.apply(residency.function()), gone);
                resident.devices = residency.devices();
            }
        }
        for (var function : view.idleFunctions()) {
            if (view.idleCount(function) > 0) {
                stay(models.apply(function), gone);
            }
        }
        for (var resident : gone) {
            if (runningOf(resident.model) == 0 && loading != resident.model) {
                resident.leave();
                residents.remove(resident.model);
            }
        }
    }

    private Resident stay(Model model, List<Resident> gone) {
        var resident = residents.computeIfAbsent(model, loaded -> new Resident(loaded, this));
        gone.remove(resident);
        return resident;
    }

    /** Every index learns what has changed here. */
    void refresh() {
        boolean active = view.state() == NodeState.ACTIVE;
        boolean accepts = view.accepting();
        kind.all.seat(seat, active);
        kind.free.seat(freeSeat, accepts);
        for (var resident : residents.values()) {
            resident.refresh(active, accepts);
        }
    }

    void leave() {
        kind.all.seat(seat, false);
        kind.free.seat(freeSeat, false);
        residents.values().forEach(Resident::leave);
        residents.clear();
    }
}
