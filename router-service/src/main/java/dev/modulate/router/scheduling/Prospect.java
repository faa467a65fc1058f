package dev.modulate.router.scheduling;

import java.util.List;

/** The nodes as one call sees them at one moment, for rules that bind it when it comes. Nodes are numbered from zero. */
public interface Prospect {
    int nodes();

    /** Whether the node may have the call, and could run it when empty. */
    boolean fits(int node);

    /** Calls that the node has or that are bound to it. */
    int count(int node);

    /** Calls that it runs at a time. */
    int slots(int node);

    /** 1 is a node on which functions take their mean time. */
    double speed(int node);

    /** Until it could begin with the call. */
    double backlogSeconds(int node);

    /** Until the call's function is loaded there; zero when it is, or will be by then. */
    double loadSeconds(int node);

    /** Later loads of those that have to make room for it, by the chance that they are wanted soon. */
    double evictionSeconds(int node);

    double runSeconds(int node);

    /** Nodes on which the function is loaded. */
    List<Integer> warm();

    /** The same for the same function and node, whatever else changes. */
    long hash(int node);
}
