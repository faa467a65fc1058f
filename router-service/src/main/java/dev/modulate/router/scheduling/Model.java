package dev.modulate.router.scheduling;

import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.placement.Needs;
import dev.modulate.router.placement.Residency;
import dev.modulate.router.placement.Warmth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One function version as nodes know it: where it is loaded, what a run and a load of it cost, how often it is wanted. */
final class Model {
    private static final double RATE_SECONDS = 60;
    private static final double RUN_WEIGHT_MIN = 0.05;
    private static final double LOAD_WEIGHT_MIN = 0.2;
    private static final List<Warmth> LOADS = List.of(Warmth.RESIDENT, Warmth.ON_DISK, Warmth.COLD);

    final FunctionKey function;

    /** One bit of 64: sets of models can be told apart by it, mostly. */
    final long mark;

    /** Where it is loaded or being loaded, on nodes that take work. */
    final Bag<Resident> replicas = new Bag<>();

    /** Where an idle instance waits on a node with room, fastest nodes first. */
    private final List<WarmLevel> warm = new ArrayList<>(2);

    /** Raised whenever something of it changes on a node. */
    int stirs;

    /** The replica that was free first when that was last asked; others are looked at in turn. */
    @Nullable
    Resident soonest;

    private int replicaCursor;

    /** Whether it is kept loaded, up to a quota, however little it is called. */
    boolean pinned;

    /** Nodes that have it, those that take no work included. */
    int residentCount;

    /** Sum of the speeds of its instances. */
    double replicaSpeed;

    /** Queues of calls that want it. */
    final List<Line> waiting = new ArrayList<>(1);

    /** Device memory of one instance; zero when nobody has said. */
    private long deviceBytes;

    private boolean wholeDevices;

    /** Loads of it that came to nothing, wherever. */
    final Backoff loadFailures = new Backoff();

    private final Map<Warmth, Mean> loads = new EnumMap<>(Warmth.class);
    private final Mean runs = new Mean(RUN_WEIGHT_MIN);

    /** Whether nodes have told all that they may tell. */
    private boolean toldAll;

    private double ratePerSecond;
    private long rateAt;
    private double asked;
    private long askedAt = Line.NEVER;

    /** Nodes of one speed. */
    static final class WarmLevel {
        final Bag<Resident> residents = new Bag<>();
        private final double speed;

        /** Where the next search goes on that found nothing among those that came last. */
        private int cursor;

        private WarmLevel(double speed) {
            this.speed = speed;
        }

        double speed() {
            return speed;
        }

        /** The one that came last first; after some of those, each in its turn, so that in the end every one is tried. */
        Resident candidate(int tried, int newestTried) {
            if (tried < newestTried) {
                return residents.get(residents.size() - 1 - tried);
            }
            cursor = cursor + 1 < residents.size() ? cursor + 1 : 0;
            return residents.get(cursor);
        }
    }

    Model(FunctionKey function) {
        this.function = function;
        this.mark = 1L << (function.hashCode() & (Long.SIZE - 1));
    }

    void needs(Needs needs) {
        var accelerators = needs.accelerators();
        if (accelerators != null) {
            deviceBytes = accelerators.memoryBytes();
            wholeDevices = accelerators.whole();
        }
    }

    long deviceBytes() {
        return deviceBytes;
    }

    /** What one instance takes of a device of that size. */
    long bytesOf(long deviceMemoryBytes) {
        return wholeDevices ? deviceMemoryBytes : deviceBytes;
    }

    /** Each in its turn. There has to be one. */
    Resident nextReplica() {
        replicaCursor = replicaCursor + 1 < replicas.size() ? replicaCursor + 1 : 0;
        return replicas.get(replicaCursor);
    }

    List<WarmLevel> warm() {
        return warm;
    }

    Bag<Resident> warmAt(double speed) {
        for (var level : warm) {
            if (level.speed == speed) {
                return level.residents;
            }
        }
        var level = new WarmLevel(speed);
        warm.add(level);
        warm.sort(Comparator.comparingDouble(WarmLevel::speed).reversed());
        return level.residents;
    }

    boolean knowsRun() {
        return runs.isKnown();
    }

    /** Mean time of a run on a device of speed 1. */
    double runSeconds(double whenUnknown) {
        return runs.or(whenUnknown);
    }

    void ran(double seconds) {
        runs.add(seconds);
    }

    /**
     * Takes over what a node has learned, where nothing has been seen here: a router that has just taken over knows as much
     * as the one before. A node tells one time for all loads.
     *
     * @param speed of that node
     */
    void told(Residency residency, double speed) {
        if (toldAll) {
            return;
        }
        var run = residency.run();
        if (run != null) {
            runs.seed(run.toNanos() / 1e9 * speed);
        }
        var load = residency.load();
        if (load != null) {
            LOADS.forEach(from -> mean(from).seed(load.toNanos() / 1e9));
        }
        toldAll = run != null && load != null;
    }

    double loadSeconds(Warmth from, double whenUnknown) {
        var mean = loads.get(from);
        return mean == null ? whenUnknown : mean.or(whenUnknown);
    }

    void loaded(Warmth from, double seconds) {
        mean(from).add(seconds);
    }

    private Mean mean(Warmth from) {
        return loads.computeIfAbsent(from, tier -> new Mean(LOAD_WEIGHT_MIN));
    }

    void wanted(long now) {
        ratePerSecond = ratePerSecond(now) + 1 / RATE_SECONDS;
        rateAt = now;
        askedAt = Line.NEVER;
    }

    /** Calls a second, over about the last minute. */
    double ratePerSecond(long now) {
        // Asked for each device that it lies on.
        if (now != askedAt) {
            askedAt = now;
            asked = ratePerSecond * Math.exp(-(now - rateAt) / (RATE_SECONDS * 1e9));
        }
        return asked;
    }
}
