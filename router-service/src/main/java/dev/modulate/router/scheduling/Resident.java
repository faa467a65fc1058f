package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Loaded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function that is loaded, or being loaded, on a node. */
final class Resident {
    final Model model;
    final Site site;
    final Bag.Seat<Resident> warmSeat = new Bag.Seat<>(this);
    final Bag.Seat<Resident> replicaSeat = new Bag.Seat<>(this);

    /** What its node has of it; null when nothing. */
    private @Nullable Loaded loaded;

    /** Where its instances lie, a bit for each device of the node. */
    private long devices = Loaded.EVERYWHERE;

    /** Instances of it that stay on this node though they are idle. */
    private int keptCount;

    /** What it adds to the sum of its model's speeds. */
    private double countedSpeed;

    /** When the next call of it could begin here, as that was worked out last. */
    private double freeInSeconds;

    private int freeEdition;
    private long freeAskedAt = Line.NEVER;

    Resident(Model model, Site site) {
        this.model = model;
        this.site = site;
        model.residentCount++;
    }

    /** NaN when it has to be worked out. */
    double freeInSeconds(long now, long keptNanos) {
        return freeAskedAt == Line.NEVER || freeEdition != site.edition() || now - freeAskedAt > keptNanos
                ? Double.NaN
                : Math.max(0, freeInSeconds - (now - freeAskedAt) / 1e9);
    }

    void freeIn(double seconds, long now) {
        freeInSeconds = seconds;
        freeEdition = site.edition();
        freeAskedAt = now;
    }

    int keptCount() {
        return keptCount;
    }

    @Nullable
    Loaded loaded() {
        return loaded;
    }

    int idleCount() {
        return loaded == null ? 0 : loaded.idleCount();
    }

    /** Instances that are up: as the node said, or as many as run. */
    int copies() {
        var residency = loaded == null ? null : loaded.residency();
        int said = residency == null ? 0 : residency.instanceCount();
        return Math.max(said, idleCount() + site.runningOf(model));
    }

    /** How many instances stay here from now on. */
    void keep(int count) {
        if (keptCount != count) {
            keptCount = count;
            site.amended();
        }
    }

    /** Takes over what the node has of it, null when nothing: then it lies where it lay. */
    void is(@Nullable Loaded next) {
        loaded = next;
        if (next != null) {
            var residency = next.residency();
            devices = residency == null || residency.devices().isEmpty() ? Loaded.EVERYWHERE : next.devices();
        }
    }

    /** @param index of the device on its node */
    boolean on(int index) {
        return (Loaded.bit(index) & devices) != 0 || devices == Loaded.EVERYWHERE;
    }

    boolean onAll(List<DeviceReservation> parts) {
        for (int i = 0; i < parts.size() && devices != Loaded.EVERYWHERE; i++) {
            if (!on(parts.get(i).device())) {
                return false;
            }
        }
        return true;
    }

    boolean on(DeviceId device) {
        return on(site.view().deviceIndex(device));
    }

    /** Takes the seats it deserves now. */
    void refresh(boolean siteActive, boolean siteAccepts) {
        boolean warm = siteAccepts && idleCount() > 0;
        if (warm != warmSeat.taken()) {
            model.warmAt(site.speed()).seat(warmSeat, warm);
        }
        model.replicas.seat(replicaSeat, siteActive);
        count(siteActive ? site.speed() * instances() : 0);
    }

    /** Executions of it that the node can run at a time without one more load; at least one. */
    private int instances() {
        return site.slots() <= 1 ? 1 : Math.max(1, idleCount() + site.runningOf(model));
    }

    /** It is not there any more. */
    void leave() {
        model.residentCount--;
        model.warmAt(site.speed()).seat(warmSeat, false);
        model.replicas.seat(replicaSeat, false);
        count(0);
    }

    private void count(double speed) {
        if (speed != countedSpeed) {
            model.replicaSpeed += speed - countedSpeed;
            countedSpeed = speed;
        }
    }
}
