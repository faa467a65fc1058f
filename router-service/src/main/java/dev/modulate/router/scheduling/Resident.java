package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceId;
import java.util.Set;

/** A function that is loaded, or being loaded, on a node. */
final class Resident {
    final Model model;
    final Site site;
    final Bag.Seat<Resident> warmSeat = new Bag.Seat<>(this);
    final Bag.Seat<Resident> replicaSeat = new Bag.Seat<>(this);

    /** Where its idle instances lie; empty when the node has not said. */
    Set<DeviceId> devices = Set.of();

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

    boolean on(DeviceId device) {
        return devices.isEmpty() || devices.contains(device);
    }

    /** Takes the seats it deserves now. */
    void refresh(boolean siteActive, boolean siteAccepts) {
        int idle = idleCount();
        int instances = idle + site.runningOf(model);
        model.warmAt(site.speed()).seat(warmSeat, siteAccepts && idle > 0);
        model.replicas.seat(replicaSeat, siteActive);
        count(siteActive ? site.speed() * Math.max(1, instances) : 0);
    }

    /** It is not there any more. */
    void leave() {
        model.residentCount--;
        model.warmAt(site.speed()).seat(warmSeat, false);
        model.replicas.seat(replicaSeat, false);
        count(0);
    }

    private void count(double speed) {
        model.replicaSpeed += speed - countedSpeed;
        countedSpeed = speed;
    }
}
