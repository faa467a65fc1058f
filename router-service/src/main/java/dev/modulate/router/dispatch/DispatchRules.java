package dev.modulate.router.dispatch;

import java.time.Duration;

/**
 * The limits a cell works under.
 *
 * @param cell name; calls of the cell target {@code poll://any@router-{cell}}
 * @param queueMax calls the router owns that no node has
 * @param staleAfter age of a report after which nothing is placed on its node
 * @param reattachGrace time a node whose stream ended has to come back before its calls move
 * @param leaseTtl length of a lease
 * @param reportPeriod how often nodes report
 * @param lossesMax nodes that may be lost under one call
 * @param childSeparator between a promise id and the number of a failed attempt
 */
public record DispatchRules(
        String cell,
        int queueMax,
        Duration staleAfter,
        Duration reattachGrace,
        Duration leaseTtl,
        Duration reportPeriod,
        int lossesMax,
        String childSeparator) {
    /** Age of a report up to which its node gets whatever is new. */
    Duration freshFor() {
        return reportPeriod.multipliedBy(3).dividedBy(2);
    }

    /** Silence after which a stream counts as broken, and what its node has moves. */
    Duration silenceMax() {
        return staleAfter.multipliedBy(2);
    }

    /** Group on which the routers of the cell hear of orphans. */
    public String group() {
        return "router-" + cell;
    }

    /** Address of that group. */
    public String target() {
        return "poll://any@" + group();
    }
}
