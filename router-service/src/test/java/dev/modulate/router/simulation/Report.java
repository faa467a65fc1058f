package dev.modulate.router.simulation;

import java.util.BitSet;
import java.util.List;

/**
 * What a GPU with a queue of its own tells all routers.
 *
 * @param count requests it has
 * @param backlogSeconds until it has done them, by its own estimate
 * @param models by id, of which the least recently used is first
 * @param hostModels that its host keeps
 * @param acked newest request of each router that it has counted
 */
record Report(
        int gpu,
        int count,
        double backlogSeconds,
        List<Integer> models,
        BitSet hostModels,
        List<Long> acked,
        long at) {}
