package dev.modulate.router.scheduling;

/**
 * What one answer of the scheduler has looked at. A call or node is looked at to its end; when that was enough, the rest is
 * left for the next answer, so that no answer takes long however much waits.
 */
final class Effort {
    /** Lines, nodes and pairs of replicas after which one answer looks at nothing more. */
    static final int ENOUGH = 12;

    /** What lies on nodes that is priced anew for one answer; after that prices count as they were worked out last. */
    static final int PRICED_MAX = 64;

    /** Replicas asked for one answer when they are free; after that waits count as they were worked out last. */
    static final int REPLICAS_MAX = 8;

    /** Nodes, warm ones mostly, after which a decision does without the rest. */
    static final int NODES_MAX = 256;

    private int lines;
    private int nodes;
    private int priced;
    private int replicas;

    void begin() {
        lines = 0;
        nodes = 0;
        priced = 0;
        replicas = 0;
    }

    void line() {
        lines++;
    }

    void node() {
        nodes++;
    }

    void priced(int residents) {
        priced += residents;
    }

    void replica() {
        replicas++;
    }

    boolean isEnough() {
        return lines + nodes + replicas / 2 >= ENOUGH;
    }

    boolean mayAskNodes() {
        return nodes < NODES_MAX;
    }

    boolean mayPrice() {
        return priced < PRICED_MAX;
    }

    boolean mayAskReplicas() {
        return replicas < REPLICAS_MAX;
    }

    int linesSeen() {
        return lines;
    }

    int nodesSeen() {
        return nodes;
    }

    int residentsPriced() {
        return priced;
    }

    int replicasAsked() {
        return replicas;
    }
}
