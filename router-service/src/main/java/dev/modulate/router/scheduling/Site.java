package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.placement.Warmth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One node as the scheduler sees it: its view, and beside it what runs there since when and what was used last. */
final class Site {
    final SiteKind kind;
    final Bag.Seat<Site> seat = new Bag.Seat<>(this);
    final Bag.Seat<Site> freeSeat = new Bag.Seat<>(this);
    final Bag.Seat<Site> idleSeat = new Bag.Seat<>(this);
    final List<Execution> running = new ArrayList<>(2);
    private final SequencedMap<Model, Resident> residents = new LinkedHashMap<>();
    private final double speed;
    private NodeView view;

    /** Functions of which something has changed here since the indexes learned of it. */
    private final Set<Model> stirred = new LinkedHashSet<>();

    private boolean wasActive;
    private boolean accepted;

    /** Whether it stands in the list of sites to look at. */
    boolean noted;

    /** What it loads with no call bound to it. */
    private final List<Loading> loads = new ArrayList<>(1);

    /** Loads that it would not take. */
    final Backoff loadRefusals = new Backoff();

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
            loads.clear();
        }
        view = next;
        stirred.addAll(residents.keySet());
    }

    double speed() {
        return speed;
    }

    /** Least recently used first. */
    Iterable<Resident> residents() {
        return residents.values();
    }

    /** The devices on which a call of the line starts without a load; null when there are none. */
    @Nullable
    List<DeviceReservation> warmDevices(Line line) {
        var devices = view.idleCount(line.model.function) == 0 ? null : view.fit(line.needs);
        return devices != null && view.warmth(line.model.function, devices) == Warmth.IDLE ? devices : null;
    }

    int slots() {
        return view.state() == NodeState.ACTIVE ? view.profile().slotCount() : 0;
    }

    void beginLoad(Loading loading) {
        loads.add(loading);
        touch(loading.model());
        refresh();
    }

    /** Null when it was not ordered, or the node has come back since. */
    @Nullable
    Loading endLoad(FunctionKey function) {
        for (int i = 0; i < loads.size(); i++) {
            if (loads.get(i).model().function.equals(function)) {
                stirred.add(loads.get(i).model());
                return loads.remove(i);
            }
        }
        return null;
    }

    @Nullable
    Loading loading(Model model) {
        for (int i = 0; i < loads.size(); i++) {
            if (loads.get(i).model() == model) {
                return loads.get(i);
            }
        }
        return null;
    }

    /** Loads of it that are under way so that it stays. */
    int loadsToKeep(Model model) {
        int count = 0;
        for (int i = 0; i < loads.size(); i++) {
            count += loads.get(i).model() == model && loads.get(i).isKept() ? 1 : 0;
        }
        return count;
    }

    /** Whether something is being loaded onto one of these devices: a second load there would slow both. */
    boolean contends(List<DeviceReservation> devices) {
        for (int i = 0; i < loads.size(); i++) {
            if (loads.get(i).contends(devices)) {
                return true;
            }
        }
        return false;
    }

    /** False when its only device is being loaded onto. */
    boolean mayStartCold() {
        return loads.isEmpty() || view.devices().size() != 1;
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
        stirred.add(model);
        return resident;
    }

    /** An execution of it has ended here. */
    void stir(Model model) {
        stirred.add(model);
    }

    /** Takes over what the view says is loaded: what reports named, or everything. */
    void readResidents(Function<FunctionKey, Model> models) {
        var reported = view.takeReported();
        if (reported == null) {
            stirred.addAll(residents.keySet());
            view.residencies().forEach(residency -> stirred.add(models.apply(residency.function())));
            view.idleFunctions().forEach(function -> stirred.add(models.apply(function)));
        } else {
            reported.forEach(function -> stirred.add(models.apply(function)));
        }
    }

    /** Every index learns what has changed here. */
    void refresh() {
        boolean active = view.state() == NodeState.ACTIVE;
        boolean accepts = view.accepting();
        kind.all.seat(seat, active);
        kind.free.seat(freeSeat, accepts);
        kind.idle.seat(idleSeat, accepts && view.hasIdleDevice());
        for (var model : stirred) {
            settle(model);
        }
        if (active != wasActive || accepts != accepted) {
            for (var resident : residents.values()) {
                resident.refresh(active, accepts);
            }
        } else {
            for (var model : stirred) {
                var resident = residents.get(model);
                if (resident != null) {
                    resident.refresh(active, accepts);
                }
            }
        }
        stirred.clear();
        wasActive = active;
        accepted = accepts;
    }

    /** It is a resident as long as the view says so, or it runs or is loaded. */
    private void settle(Model model) {
        var residency = view.residency(model.function).orElse(null);
        boolean loaded = view.idleCount(model.function) > 0
                || (residency != null && (residency.tier() == Residency.Tier.DEVICE || residency.instanceCount() > 0));
        var known = residents.get(model);
        if (loaded) {
            var resident = known == null ? new Resident(model, this) : known;
            residents.putIfAbsent(model, resident);
            resident.devices = residency == null ? Set.of() : residency.devices();
        } else if (known != null && runningOf(model) == 0 && loading(model) == null) {
            known.leave();
            residents.remove(model);
        }
    }

    void leave() {
        kind.all.seat(seat, false);
        kind.free.seat(freeSeat, false);
        kind.idle.seat(idleSeat, false);
        residents.values().forEach(Resident::leave);
        residents.clear();
        wasActive = false;
        accepted = false;
    }
}
