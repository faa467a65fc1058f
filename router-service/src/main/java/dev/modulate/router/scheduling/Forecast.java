package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Warmth;
import java.util.ArrayList;
import java.util.List;

/** Expected waits, and what it costs to start a function where it is not loaded. All in seconds. */
final class Forecast {
    /** Replicas looked at for the one that is free first, beside the one that was last time. */
    private static final int REPLICAS_SEEN_MAX = 4;

    /** The same for needs that not every node meets. */
    private static final int SELECTED_REPLICAS_SEEN_MAX = 64;

    /** Replicas asked so long ago when they are free need not be asked again. */
    private static final long RECENT_NANOS = 50_000_000;

    /** When a replica on a node that has not changed is free need not be worked out again so soon. */
    private static final long FREE_KEPT_NANOS = 250_000_000;

    private static final double RUN_WHEN_NOTHING_IS_KNOWN = 1;
    private static final double MEAN_RUNS_MAX = 1_000;
    private static final double BUSY_EWMA_SECONDS = 10;

    /** A victim is priced by the chance that it is wanted again within this time. */
    private static final double WANTED_WITHIN_SECONDS = 60;

    /** A function that asks for more than this of its other replicas' speed misses the one that goes: others run there too. */
    private static final double OTHERS_SHARE_MAX = 0.35;

    /** Freed slots of busy nodes serve others too: a queue drains slower than its replicas' speed says. */
    private static final double SHARED_SLOTS = 0.9;

    /** Below this share of busy slots loads are cheap, and a function nobody has seen finish is given what it asks for. */
    private static final double ROOMY_BELOW = 0.5;

    /** Below this share of busy slots nothing is gained by waiting for a slot: a call goes where it is done first. */
    private static final double QUIET_BELOW = 0.4;

    private static final double DRAIN_MIN = 0.2;

    private final WarmQueueRules rules;
    private final LoadPrior prior;
    private final Effort effort;
    private double meanRunSeconds = RUN_WHEN_NOTHING_IS_KNOWN;
    private double runs;
    private double busyShare;
    private long busyAt = Long.MIN_VALUE;

    Forecast(WarmQueueRules rules, LoadPrior prior, Effort effort) {
        this.effort = effort;
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

    /**
     * Wait of the last of a queue if nothing more is loaded for it; infinite when nothing is, or nobody has seen it run.
     * While most slots are free its own run counts too, as it does in the cost of a load. When slots are scarce it
     * does not, since a load takes them from others.
     */
    double waitSeconds(Line line, long now) {
        line.freeAskedAt = Line.NEVER;
        return recentWaitSeconds(line, now);
    }

    /** The same, by replicas as they were a moment ago. */
    double recentWaitSeconds(Line line, long now) {
        var model = line.model;
        if (model.replicas.size() == 0 || (!model.knowsRun() && busyShare < ROOMY_BELOW)) {
            return Double.POSITIVE_INFINITY;
        }
        double others = Math.max(0, line.size() - 1) * runSeconds(model) / model.replicaSpeed;
        double own = busyShare < QUIET_BELOW ? runSeconds(model) : 0;
        return recentFreeSeconds(line, now) + others / Math.max(DRAIN_MIN, 1 - SHARED_SLOTS * busyShare) + own;
    }

    private double recentFreeSeconds(Line line, long now) {
        if (!isRecent(line, now) && (line.freeAskedAt == Line.NEVER || effort.mayAskReplicas())) {
            line.freeInSeconds = firstFreeSeconds(line, now);
            line.freeAskedAt = now;
            line.freeStirs = line.model.stirs;
        }
        return line.freeInSeconds;
    }

    private static boolean isRecent(Line line, long now) {
        return line.freeAskedAt != Line.NEVER
                && line.freeStirs == line.model.stirs
                && now - line.freeAskedAt <= RECENT_NANOS;
    }

    private double firstFreeSeconds(Line line, long now) {
        var model = line.model;
        var soonest = model.soonest;
        double first = Double.POSITIVE_INFINITY;
        if (soonest != null && soonest.replicaSeat.taken()) {
            first = freeInSeconds(soonest, line, now);
            effort.replica();
        }
        int size = model.replicas.size();
        int seen = Math.min(size, line.selective ? SELECTED_REPLICAS_SEEN_MAX : REPLICAS_SEEN_MAX);
        for (int i = 0; i < seen && first > 0; i++) {
            var replica = model.nextReplica();
            effort.replica();
            double free = freeInSeconds(replica, line, now);
            if (free < first) {
                first = free;
                model.soonest = replica;
            }
        }
        return first;
    }

    /** Never, where these needs may not run: another call of the function may have loaded it there. */
    private double freeInSeconds(Resident replica, Line line, long now) {
        var site = replica.site;
        if (line.selective && !line.needs.allows(site.view().profile())) {
            return Double.POSITIVE_INFINITY;
        }
        boolean idle = replica.warmSeat.taken();
        if (idle && site.warmDevices(replica, line) != null) {
            return 0;
        }
        double known = replica.freeInSeconds(now, FREE_KEPT_NANOS);
        if (Double.isNaN(known)) {
            known = workedOutFreeSeconds(replica, idle, now);
            replica.freeIn(known, now);
        }
        return known;
    }

    private double workedOutFreeSeconds(Resident replica, boolean idle, long now) {
        var site = replica.site;
        double first = Double.POSITIVE_INFINITY;
        // An idle instance whose device somebody else uses waits for that one.
        boolean full = idle || site.view().freeSlots() <= 0;
        for (var execution : site.running) {
            if (full || execution.model == replica.model) {
                first = Math.min(first, remainingSeconds(execution, now));
            }
        }
        var loading = site.loading(replica.model);
        if (loading != null) {
            double load = Math.max(0, (loading.until() - now) / 1e9);
            return first == Double.POSITIVE_INFINITY ? load : Math.max(load, first);
        }
        return first;
    }

    /** Work that waits for what is loaded there, each function's shared by its replicas: it goes before what is loaded now. */
    double aheadSeconds(Site site) {
        double ahead = 0;
        for (var resident : site.residents()) {
            var model = resident.model;
            for (var line : model.waiting) {
                ahead += line.size() * runSeconds(model) / Math.max(model.replicaSpeed, site.speed());
            }
        }
        return ahead;
    }

    double remainingSeconds(Execution execution, long now) {
        return execution.remainingSeconds(now, runSeconds(execution.model, execution.site));
    }

    /** What starting it there costs: its load, what it takes from others, its run. */
    double costSeconds(Model model, Site site, List<DeviceReservation> devices, Warmth warmth, long now) {
        return freeCostSeconds(model, site, warmth) + priceSeconds(model, site, devices, now);
    }

    /** The same if nothing had to make room. */
    double freeCostSeconds(Model model, Site site, Warmth warmth) {
        return loadWeight() * loadSeconds(model, warmth) + runSeconds(model, site);
    }

    /** No cold start costs less, wherever it is. */
    double leastCostSeconds(Model model, double speedMax) {
        return loadWeight() * loadSeconds(model, Warmth.RESIDENT) + runSeconds(model) / speedMax;
    }

    private double loadWeight() {
        return busyShare < ROOMY_BELOW ? Math.min(1, rules.loadWeight()) : rules.loadWeight();
    }

    /** Price of what has to go, already weighted; infinite when room would have to come from what is pinned. */
    double priceSeconds(Model model, Site site, List<DeviceReservation> devices, long now) {
        return weighted(evictionSeconds(model, site, devices, now));
    }

    private double weighted(double lost) {
        return lost == Double.POSITIVE_INFINITY ? lost : rules.evictionWeight() * lost;
    }

    /** The same, not weighted. */
    double evictionSeconds(Model model, Site site, List<DeviceReservation> devices, long now) {
        double price = 0;
        for (var part : devices) {
            price = with(eviction(site, part, model, now), price, now);
            if (price == Double.POSITIVE_INFINITY) {
                return price;
            }
        }
        return price;
    }

    private Eviction eviction(Site site, DeviceReservation part, Model model, long now) {
        return Eviction.on(site, part, model, victim -> lossSeconds(victim, now));
    }

    /** What is lost when this goes too; infinite when it must not. */
    private double with(Eviction eviction, double lostSeconds, long now) {
        if (eviction.blocked()) {
            return Double.POSITIVE_INFINITY;
        }
        double lost = lostSeconds;
        for (var victim : eviction.victims()) {
            lost += lossSeconds(victim, now);
        }
        return lost;
    }

    /** Who has to go, in the order in which they go. */
    List<FunctionKey> victims(Model model, Site site, List<DeviceReservation> devices, long now) {
        return room(model, site, devices, now).victims();
    }

    /** What has to go, and its price. */
    Room room(Model model, Site site, List<DeviceReservation> devices, long now) {
        var victims = new ArrayList<FunctionKey>(devices.size());
        double lost = 0;
        for (var part : devices) {
            var eviction = eviction(site, part, model, now);
            eviction.victims().forEach(victim -> victims.add(victim.function));
            lost = with(eviction, lost, now);
        }
        return new Room(weighted(lost), victims);
    }

    /**
     * By the chance that it is wanted again soon and that its other replicas cannot take it. Its host may have lost it by
     * then, so its load is priced from nothing.
     */
    private double lossSeconds(Model victim, long now) {
        double rate = victim.ratePerSecond(now);
        return Math.min(1, rate * WANTED_WITHIN_SECONDS) * shortage(victim, rate) * loadSeconds(victim, Warmth.COLD);
    }

    /** 0 when one replica less is not felt, 1 when it is the last or the others are busy with it. */
    private double shortage(Model victim, double ratePerSecond) {
        int replicas = victim.replicas.size();
        double others = replicas <= 1 ? 0 : victim.replicaSpeed * (replicas - 1) / replicas;
        return others <= 0 ? 1 : Math.min(1, ratePerSecond * runSeconds(victim) / (OTHERS_SHARE_MAX * others));
    }
}
