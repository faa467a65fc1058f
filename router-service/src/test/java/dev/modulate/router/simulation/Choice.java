package dev.modulate.router.simulation;

import java.util.List;
import java.util.random.RandomGenerator;

/** Binds a call to a GPU the moment it arrives. The rules published elsewhere, to compare with. */
interface Choice {
    /** @return position of the GPU, which it must fit */
    int choose(RouterView view, int program, long now, RandomGenerator random);

    static Choice random() {
        return (view, program, now, random) -> view.any(program, random);
    }

    /** The shorter of two queues picked at random. */
    static Choice shorterOfTwo() {
        return (view, program, now, random) -> {
            int one = view.any(program, random);
            int other = view.any(program, random);
            return view.count(other) < view.count(one) ? other : one;
        };
    }

    /** Its GPUs in an order drawn by hash; the first that has at most {@code bound} times its part of all requests. */
    static Choice boundedHash(double bound) {
        return (view, program, now, random) -> {
            double total = 1;
            double speeds = 0;
            for (int gpu = 0; gpu < view.gpus(); gpu++) {
                total += view.count(gpu);
                speeds += view.speed(gpu);
            }
            int best = -1;
            long bestHash = Long.MAX_VALUE;
            for (int gpu = 0; gpu < view.gpus(); gpu++) {
                boolean room = view.count(gpu) + 1 <= Math.ceil(bound * total * view.speed(gpu) / speeds);
                long hash = hash(program, gpu);
                if (room && hash < bestHash && view.fits(gpu, program)) {
                    best = gpu;
                    bestHash = hash;
                }
            }
            return best < 0 ? shorterOfTwo().choose(view, program, now, random) : best;
        };
    }

    private static long hash(int program, int gpu) {
        int mixed = (program * 0x9E3779B9) ^ (gpu * 0x85EBCA6B);
        mixed ^= mixed >>> 15;
        mixed *= 0x2C1B3C6D;
        mixed ^= mixed >>> 12;
        mixed *= 0x297A2D39;
        mixed ^= mixed >>> 15;
        return mixed & 0xffffffffL;
    }

    /**
     * Where it would be done first, all GPUs looked at; among those within a thousandth of the best by chance.
     *
     * @param loadWeight how much a second of loading counts
     * @param evictionWeight how much a second of others' later loads counts
     */
    static Choice soonestDone(double loadWeight, double evictionWeight) {
        return (view, program, now, random) -> {
            int best = -1;
            int ties = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int gpu = 0; gpu < view.gpus(); gpu++) {
                if (!view.fits(gpu, program)) {
                    continue;
                }
                double cost = cost(view, gpu, program, now, loadWeight, evictionWeight);
                if (best < 0 || cost < least * 0.999) {
                    best = gpu;
                    least = cost;
                    ties = 1;
                } else if (cost < least * 1.001 && random.nextInt(++ties) == 0) {
                    best = gpu;
                }
            }
            return best;
        };
    }

    /** The same among some GPUs that have it loaded and some of all. */
    static Choice soonestDoneOf(int warm, int any, double loadWeight, double evictionWeight) {
        return (view, program, now, random) -> {
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            List<Integer> loaded = view.warm(program);
            int some = Math.min(warm, loaded.size());
            for (int i = 0; i < some + any; i++) {
                int gpu = i >= some
                        ? view.any(program, random)
                        : loaded.get(loaded.size() <= warm ? i : random.nextInt(loaded.size()));
                double cost = cost(view, gpu, program, now, loadWeight, evictionWeight);
                if (cost < least) {
                    best = gpu;
                    least = cost;
                }
            }
            return best;
        };
    }

    private static double cost(
            RouterView view, int gpu, int program, long now, double loadWeight, double evictionWeight) {
        double load = view.loadSeconds(gpu, program);
        double price = load > 0 && evictionWeight > 0 ? evictionWeight * view.evictionSeconds(gpu, program, now) : 0;
        return view.backlogSeconds(gpu, now) + loadWeight * load + price + view.runSeconds(gpu, program);
    }
}
