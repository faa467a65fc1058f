package dev.modulate.resonate.lane;

/** Phases of a lane. */
enum LaneState {
    NEW,
    SERVING,
    /** The last commit failed; nothing is served until the store was read again. */
    BROKEN,
    /** Another server has taken the promises over; nothing is served ever again. */
    STALE,
    CLOSED
}
