package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.DeviceView;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Warmth;
import java.util.ArrayList;
import java.util.List;

/** Expected waits, and what it costs to start a function where it is not loaded. All in seconds. */
final class Forecast {
    /** Replicas looked at for the one that is free first. */
    private static final int REPLICAS_SEEN_MAX = 64;

    private static final double RUN_WHEN_NOTHING_IS_KNOWN = 1;
    private static final double MEAN_RUNS_MAX = 1_000;
    private static final double BUSY_EWMA_SECONDS = 10;

    /** A victim is priced by the chance that it is wanted again within this time. */
    private static final double WANTED_WITHIN_SECONDS = 60;

    /** Freed slots of busy nodes serve others too: a queue drains slower than its replicas' speed says. */
    private static final double SHARED_SLOTS = 0.8;

    private static final double DRAIN_MIN = 0.2;

    private final WarmQueueRules rules;
    private final LoadPrior prior;
    private double meanRunSeconds = RUN_WHEN_NOTHING_IS_KNOWN;
    private double runs;
    private double busyShare;
    private long busyAt = Long.MIN_VALUE;
    private int cursor;

    Forecast(WarmQueueRules rules, LoadPrior prior) {
        this.rules = rules;
        this.prior = prior;
    }

    void ran(double seconds) {
        runs = Math.min(MEAN_RUNS_MAX, runs + 1);
        meanRunSeconds += (seconds - meanRunSeconds) / runs;
    }

    void busy(double shareNow, long now) {
        double weight = busyAt == Long.MIN_VALUE ? 1 : 1 - Math.exp(-(now - busyAt) / (BUSY_EWMA_SECONDS * 1e9));
        busyShare += weight * (shareNow - busyShare);
        busyAt = now;
    }

    double busyShare() {
        return busyShare;
    }

    double runSeconds(Model model) {
        return model.runSeconds(meanRunSeconds);
    }

    double runSeconds(Model model, Site site) {
        return runSeconds(model) / site.speed();
    }

    double loadSeconds(Model model, Warmth from) {
        return from == Warmth.IDLE ? 0 : model.loadSeconds(from, prior.seconds(from, model.deviceBytes()));
    }

    /** Wait of the last of a queue if nothing more is loaded for it; infinite when nothing is, or nobody has seen it run. */
    double waitSeconds(Line line, long now) {
        var model = line.model;
        if (model.replicas.size() == 0 || !model.knowsRun()) {
            return Double.POSITIVE_INFINITY;
        }
        double others = Math.max(0, line.size() - 1) * runSeconds(model) / model.replicaSpeed;
        return firstFreeSeconds(model, now) + others / Math.max(DRAIN_MIN, 1 - SHARED_SLOTS * busyShare);
    }

    private double firstFreeSeconds(Model model, long now) {
        double first = Double.POSITIVE_INFINITY;
        int size = model.replicas.size();
        int seen = Math.min(size, REPLICAS_SEEN_MAX);
        for (int i = 0; i < seen && first > 0; i++) {
            cursor = cursor + 1 < size ? cursor + 1 : 0;
            first = Math.min(first, freeInSeconds(model.replicas.get(cursor), now));
        }
        return first;
    }

    private double freeInSeconds(Resident replica, long now) {
        if (replica.warmSeat.taken()) {
            return 0;
        }
        var site = replica.site;
        double first = Double.POSITIVE_INFINITY;
        boolean full = site.view().freeSlots() <= 0;
        for (var execution : site.running) {
            if (full || execution.model == replica.model) {
                first = Math.min(first, remainingSeconds(execution, now));
            }
        }
        if (site.loading == replica.model) {
            double load = Math.max(0, (site.loadedAt - now) / 1e9);
            return first == Double.POSITIVE_INFINITY ? load : Math.max(load, first);
        }
        return first;
    }

    double remainingSeconds(Execution execution, long now) {
        return execution.remainingSeconds(now, runSeconds(execution.model, execution.site));
    }

    /** What starting it there costs: its load, what it takes from others, its run. */
    double costSeconds(Model model, Site site, List<DeviceReservation> devices, Warmth warmth, long now) {
        return rules.loadWeight() * loadSeconds(model, warmth)
                + priceSeconds(model, site, devices, now)
                + runSeconds(model, site);
    }

    /** Price of what has to go, already weighted. */
    double priceSeconds(Model model, Site site, List<DeviceReservation> devices, long now) {
        if (rules.evictionWeight() == 0) {
            return 0;
        }
        double price = 0;
        for (var part : devices) {
            long memory = memoryBytes(site, part);
            long over = overBytes(model, site, part, memory);
            for (var victim : site.residents()) {
                if (over <= 0) {
                    break;
                }
                if (isVictim(victim, model, part)) {
                    over -= victim.model.bytesOf(memory);
                    price += lossSeconds(victim.model, now);
                }
            }
        }
        return rules.evictionWeight() * price;
    }

    /** Who has to go, least recently used first. */
    List<FunctionKey> victims(Model model, Site site, List<DeviceReservation> devices) {
        var victims = new ArrayList<FunctionKey>();
        for (var part : devices) {
            long memory = memoryBytes(site, part);
            long over = overBytes(model, site, part, memory);
            for (var victim : site.residents()) {
                if (over > 0 && isVictim(victim, model, part)) {
                    over -= victim.model.bytesOf(memory);
                    victims.add(victim.model.function);
                }
            }
        }
        return victims;
    }

    private double lossSeconds(Model victim, long now) {
        double wanted = victim.ratePerSecond(now) * WANTED_WITHIN_SECONDS / Math.max(1, victim.replicas.size());
        return Math.min(1, wanted) * loadSeconds(victim, Warmth.RESIDENT);
    }

    private static boolean isVictim(Resident resident, Model model, DeviceReservation part) {
        return resident.model != model
                && resident.on(part.device())
                && resident.site.runningOf(resident.model) == 0
                && resident.site.loading != resident.model;
    }

    /** Bytes that have to be freed on a device before the model fits beside what is loaded. */
    private static long overBytes(Model model, Site site, DeviceReservation part, long memoryBytes) {
        long used = model.bytesOf(memoryBytes);
        for (var resident : site.residents()) {
            if (resident.model != model && resident.on(part.device())) {
                used += resident.model.bytesOf(memoryBytes);
            }
        }
        return used - memoryBytes;
    }

    private static long memoryBytes(Site site, DeviceReservation part) {
        for (DeviceView device : site.view().devices()) {
            if (device.profile().id().equals(part.device())) {
                return device.profile().memoryBytes();
            }
        }
        return 0;
    }
}
