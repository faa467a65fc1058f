package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Loaded;
import dev.modulate.router.placement.NodeId;
import dev.modulate.router.placement.NodeState;
import dev.modulate.router.placement.NodeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One node as the scheduler sees it: its view, and beside it what runs there since when and what was used last. */
final class Site {
    private static final int OFFERS_MAX = 8;
    private static final int FULL_MAX = 2;
    private static final long NOTHING = 0;

    final SiteKind kind;
    final Bag.Seat<Site> seat = new Bag.Seat<>(this);
    final Bag.Seat<Site> freeSeat = new Bag.Seat<>(this);
    final Bag.Seat<Site> idleSeat = new Bag.Seat<>(this);
    final List<Execution> running = new ArrayList<>(2);
    private final SequencedMap<Model, Resident> residents = new LinkedHashMap<>();
    private final double speed;
    private NodeView view;
    private Occupancy occupancy;

    /** Functions of which something has changed here since the indexes learned of it. */
    private final Set<Model> stirred = new LinkedHashSet<>();

    /** What was worked out for shapes of calls, the newest last. */
    private final Offers.@Nullable Offer[] offers = new Offers.Offer[OFFERS_MAX];

    private int offerNext;

    /** Shapes that do not fit, each with the version of the view. */
    private final long[] full = new long[FULL_MAX];

    private int fullNext;

    /** Marks of what is there: to look for it costs more. */
    private long models;

    /** Raised whenever something changes here. */
    private int edition;

    private boolean wasActive;
    private boolean accepted;

    /** Number of the search for a cold start that looked at it last. */
    long searched;

    /** Whether it stands in the list of sites to look at. */
    boolean noted;

    /** The call for which it empties; null as long as everybody may take it. */
    private @Nullable Waiting heldFor;

    /** What it loads with no call bound to it. */
    private final List<Loading> loads = new ArrayList<>(1);

    /** Loads that it would not take. */
    final Backoff loadRefusals = new Backoff();

    Site(NodeView view, SiteKind kind, double speed) {
        this.view = view;
        this.kind = kind;
        this.speed = speed;
        this.occupancy = new Occupancy(view.profile());
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
            Arrays.fill(offers, null);
            Arrays.fill(full, NOTHING);
            occupancy = new Occupancy(next.profile());
        }
        view = next;
        stirred.addAll(residents.keySet());
    }

    /** How many devices an execution with these parts keeps from others. */
    double occupied(List<DeviceReservation> parts) {
        return occupancy.devices(parts);
    }

    double speed() {
        return speed;
    }

    /** Least recently used first. */
    Iterable<Resident> residents() {
        return residents.values();
    }

    int residentCount() {
        return residents.size();
    }

    int edition() {
        return edition;
    }

    /** Something else than the view and the residents has changed. */
    void amended() {
        edition++;
    }

    /** The only call that may start here; null when any may. */
    @Nullable
    Waiting heldFor() {
        return heldFor;
    }

    void holdFor(@Nullable Waiting entry) {
        heldFor = entry;
        amended();
    }

    boolean isHeldFrom(Line line) {
        return heldFor != null && heldFor.line != line;
    }

    /** What is kept for calls of a shape, however old; null when nothing is. */
    Offers.@Nullable Offer offer(int shape) {
        for (var offer : offers) {
            if (offer != null && offer.isFor(shape)) {
                return offer;
            }
        }
        return null;
    }

    Offers.Offer newOffer(int shape) {
        var offer = new Offers.Offer(shape);
        offers[offerNext] = offer;
        offerNext = (offerNext + 1) % OFFERS_MAX;
        return offer;
    }

    /** The devices a call of the line would get; null when it does not fit. That it does not is remembered. */
    @Nullable
    List<DeviceReservation> fit(Line line) {
        return fit(line, view.loaded(line.model.function));
    }

    private @Nullable List<DeviceReservation> fit(Line line, @Nullable Loaded loaded) {
        if (isHeldFrom(line) || isFull(line.shape)) {
            return null;
        }
        var devices = view.fit(line.needs, loaded);
        if (devices == null) {
            full[fullNext] = atVersion(line.shape);
            fullNext = (fullNext + 1) % FULL_MAX;
        }
        return devices;
    }

    /** Whether it is known that no call of the shape fits. */
    boolean isFull(int shape) {
        long wanted = atVersion(shape);
        for (long known : full) {
            if (known == wanted) {
                return true;
            }
        }
        return false;
    }

    private long atVersion(int shape) {
        return ((long) shape << Integer.SIZE) | Integer.toUnsignedLong(view.version());
    }

    /** Whether it takes work and has a device that is not all taken. */
    boolean mayTakeDevices() {
        return idleSeat.taken();
    }

    /** The devices on which a call of the line starts without a load; null when there are none. */
    @Nullable
    List<DeviceReservation> warmDevices(Line line) {
        var resident = resident(line.model);
        return resident == null ? null : warmDevices(resident, line);
    }

    /** The same for one who has found what is loaded. */
    @Nullable
    List<DeviceReservation> warmDevices(Resident resident, Line line) {
        var loaded = resident.loaded();
        if (loaded == null || loaded.idleCount() == 0) {
            return null;
        }
        var devices = fit(line, loaded);
        return devices != null && resident.onAll(devices) ? devices : null;
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
                stir(loads.get(i).model());
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

    /** Null when it is not there; most are not, and their mark says so. */
    @Nullable
    Resident resident(Model model) {
        return (models & model.mark) == 0 ? null : residents.get(model);
    }

    /** It is there and was used last. */
    Resident touch(Model model) {
        var known = residents.get(model);
        var resident = known == null ? new Resident(model, this) : known;
        residents.putLast(model, resident);
        models |= model.mark;
        stir(model);
        return resident;
    }

    /** Something of it has changed here. */
    void stir(Model model) {
        stirred.add(model);
        model.stirs++;
    }

    /** Takes over what the view says is loaded: what reports named, or everything. */
    void readResidents(Function<FunctionKey, Model> models) {
        var reported = view.takeReported();
        if (reported == null) {
            stirred.addAll(residents.keySet());
            view.loaded().forEach(there -> stir(models.apply(there.function())));
        } else {
            reported.forEach(function -> stir(models.apply(function)));
        }
    }

    /** Every index learns what has changed here. */
    void refresh() {
        boolean active = view.state() == NodeState.ACTIVE;
        boolean accepts = view.accepting();
        if (!stirred.isEmpty() || active != wasActive || accepts != accepted) {
            edition++;
        }
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
        marks();
        stirred.clear();
        wasActive = active;
        accepted = accepts;
    }

    private void marks() {
        if (stirred.isEmpty()) {
            return;
        }
        models = 0;
        for (var model : residents.keySet()) {
            models |= model.mark;
        }
    }

    /** It is a resident as long as the view says so, or it runs or is loaded. */
    private void settle(Model model) {
        var there = view.loaded(model.function);
        var residency = there == null ? null : there.residency();
        if (residency != null) {
            model.told(residency, speed);
        }
        var known = residents.get(model);
        if (there != null && there.isUp()) {
            var resident = known == null ? new Resident(model, this) : known;
            residents.putIfAbsent(model, resident);
            models |= model.mark;
            resident.is(there);
        } else if (known != null && runningOf(model) == 0 && loading(model) == null) {
            known.leave();
            residents.remove(model);
        } else if (known != null) {
            known.is(null);
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
