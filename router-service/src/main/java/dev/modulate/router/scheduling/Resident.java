package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceId;
import dev.modulate.router.placement.Residency;
import java.util.Set;

/** A function that is loaded, or being loaded, on a node. */
final class Resident {
    final Model model;
    final Site site;
    final Bag.Seat<Resident> warmSeat = new Bag.Seat<>(this);
    final Bag.Seat<Resident> replicaSeat = new Bag.Seat<>(this);

    /** Where its idle instances lie; empty when the node has not said. */
    Set<DeviceId> devices = Set.of();

    /** Instances of it that stay on this node though they are idle. */
    int keptCount;

    /** What it adds to the sum of its model's speeds. */
    private double countedSpeed;

    Resident(Model model, Site site) {
        this.model = model;
        this.site = site;
        model.residentCount++;
    }

    int idleCount() {
        return site.view().idleCount(model.function);
    }

    /** Instances that are up: as the node said, or as many as run. */
    int copies() {
        int said = site.view()
                .residency(model.function)
                .map(Residency::instanceCount)
                .orElse(0);
        return Math.max(said, idleCount() + site.runningOf(model));
    }

    boolean on(DeviceId device) {
        return devices.isEmpty() || devices.contains(device);
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
