package dev.modulate.executor.instance;

import java.util.List;

/** Instances by what they do. Written by the lane, read by gauges on any thread. */
public final class InstanceCounts {
    private volatile int starting;
    private volatile int idle;
    private volatile int busy;

    void set(List<PooledInstance> all) {
        starting = count(all, PooledInstance.State.STARTING);
        idle = count(all, PooledInstance.State.IDLE);
        busy = count(all, PooledInstance.State.BUSY);
    }

    private static int count(List<PooledInstance> all, PooledInstance.State state) {
        return (int) all.stream().filter(pooled -> pooled.state == state).count();
    }

    public int starting() {
        return starting;
    }

    public int idle() {
        return idle;
    }

    public int busy() {
        return busy;
    }
}
