package dev.modulate.router.scheduling;

import java.util.List;
import java.util.random.RandomGenerator;

/** Binds a call to a node the moment it comes. The rules published elsewhere, to compare the warm queue with. Pure, but for chance. */
public interface BindingRule {
    /** What {@link #choose} says when no node may have the call. */
    int NONE = -1;

    /** Nodes tried by chance for one that fits, before all are. */
    int TRIES_MAX = 32;

    /** @return number of a node that fits, or {@link #NONE} */
    int choose(Prospect prospect, RandomGenerator random);

    static BindingRule random() {
        return BindingRule::any;
    }

    /** The shorter of two queues picked at random, each for its number of slots. */
    static BindingRule shorterOfTwo() {
        return (prospect, random) -> {
            int one = any(prospect, random);
            int other = one == NONE ? NONE : any(prospect, random);
            return one == NONE || length(prospect, other) >= length(prospect, one) ? one : other;
        };
    }

    private static double length(Prospect prospect, int node) {
        return (double) prospect.count(node) / Math.max(1, prospect.slots(node));
    }

    /** Its nodes in an order drawn by hash; the first that has at most {@code bound} times its part of all calls. */
    static BindingRule boundedHash(double bound) {
        return (prospect, random) -> {
            double total = 1;
            double capacity = 0;
            for (int node = 0; node < prospect.nodes(); node++) {
                total += prospect.count(node);
                capacity += prospect.slots(node) * prospect.speed(node);
            }
            int best = NONE;
            long bestHash = Long.MAX_VALUE;
            for (int node = 0; node < prospect.nodes(); node++) {
                double part = prospect.slots(node) * prospect.speed(node) / capacity;
                boolean room = prospect.count(node) + 1 <= Math.ceil(bound * total * part);
                long hash = prospect.hash(node);
                if (room && hash < bestHash && prospect.fits(node)) {
                    best = node;
                    bestHash = hash;
                }
            }
            return best == NONE ? shorterOfTwo().choose(prospect, random) : best;
        };
    }

    /** Where a function comes in the order of a node: alike for alike numbers, and spread evenly. */
    static long hash(int function, int node) {
        int mixed = (function * 0x9E3779B9) ^ (node * 0x85EBCA6B);
        mixed ^= mixed >>> 15;
        mixed *= 0x2C1B3C6D;
        mixed ^= mixed >>> 12;
        mixed *= 0x297A2D39;
        mixed ^= mixed >>> 15;
        return mixed & 0xffffffffL;
    }

    /**
     * Where it would be done first (expected completion time), all nodes looked at; among those within a thousandth of the
     * best by chance.
     *
     * @param loadWeight how much a second of loading counts
     * @param evictionWeight how much a second of others' later loads counts
     */
    static BindingRule soonestDone(double loadWeight, double evictionWeight) {
        return (prospect, random) -> {
            int best = NONE;
            int ties = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int node = 0; node < prospect.nodes(); node++) {
                if (!prospect.fits(node)) {
                    continue;
                }
                double cost = cost(prospect, node, loadWeight, evictionWeight);
                if (best == NONE || cost < least * 0.999) {
                    best = node;
                    least = cost;
                    ties = 1;
                } else if (cost < least * 1.001 && random.nextInt(++ties) == 0) {
                    best = node;
                }
            }
            return best;
        };
    }

    /** The same among some nodes that have it loaded and some of all. */
    static BindingRule soonestDoneOf(int warm, int any, double loadWeight, double evictionWeight) {
        return (prospect, random) -> {
            int best = NONE;
            double least = Double.POSITIVE_INFINITY;
            List<Integer> loaded = prospect.warm();
            int some = Math.min(warm, loaded.size());
            for (int i = 0; i < some + any; i++) {
                int node = i >= some
                        ? any(prospect, random)
                        : loaded.get(loaded.size() <= warm ? i : random.nextInt(loaded.size()));
                double cost = node == NONE || !prospect.fits(node)
                        ? Double.POSITIVE_INFINITY
                        : cost(prospect, node, loadWeight, evictionWeight);
                if (cost < least) {
                    best = node;
                    least = cost;
                }
            }
            return best;
        };
    }

    private static double cost(Prospect prospect, int node, double loadWeight, double evictionWeight) {
        double load = prospect.loadSeconds(node);
        double price = load > 0 && evictionWeight > 0 ? evictionWeight * prospect.evictionSeconds(node) : 0;
        return prospect.backlogSeconds(node) + loadWeight * load + price + prospect.runSeconds(node);
    }

    private static int any(Prospect prospect, RandomGenerator random) {
        int nodes = prospect.nodes();
        if (nodes == 0) {
            return NONE;
        }
        for (int i = 0; i < TRIES_MAX; i++) {
            int node = random.nextInt(nodes);
            if (prospect.fits(node)) {
                return node;
            }
        }
        int first = random.nextInt(nodes);
        for (int i = 0; i < nodes; i++) {
            int node = (first + i) % nodes;
            if (prospect.fits(node)) {
                return node;
            }
        }
        return NONE;
    }
}
