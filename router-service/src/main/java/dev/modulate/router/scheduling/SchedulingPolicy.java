package dev.modulate.router.scheduling;

import dev.modulate.router.placement.NodeProfile;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** Which scheduler a router has. All but the first are there to compare with. */
public enum SchedulingPolicy {
    /** The warm queue: binds late, to where it is warm. */
    WQ,
    /** Binds early, to where it is expected to be done first. */
    ECT,
    /** Binds early, to the shorter of two queues. */
    JSQ2,
    /** Binds early, by chance. */
    RANDOM,
    /** Binds early, by a hash of the function, with a bound on what one node gets. */
    HASH;

    private static final double LOAD_WEIGHT = 2;
    private static final double EVICTION_WEIGHT = 4;
    private static final double BOUND = 1.25;

    /** @param speed of a node's devices: 1 is a device on which functions take their mean time */
    public Scheduler scheduler(
            WarmQueueRules rules, LoadPrior prior, ToDoubleFunction<NodeProfile> speed, RandomGenerator random) {
        return switch (this) {
            case WQ -> new WarmQueue(rules, prior, speed);
            case ECT ->
                new EarlyBinding(rules, prior, speed, BindingRule.soonestDone(LOAD_WEIGHT, EVICTION_WEIGHT), random);
            case JSQ2 -> new EarlyBinding(rules, prior, speed, BindingRule.shorterOfTwo(), random);
            case RANDOM -> new EarlyBinding(rules, prior, speed, BindingRule.random(), random);
            case HASH -> new EarlyBinding(rules, prior, speed, BindingRule.boundedHash(BOUND), random);
        };
    }
}
