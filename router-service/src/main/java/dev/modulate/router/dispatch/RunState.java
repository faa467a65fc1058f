package dev.modulate.router.dispatch;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a call stands in this router.
 *
 * <pre>
 *  new call            orphan                     restated by a node
 *     │                   │                                │
 *  CREATING           ACQUIRING ◄──────────────────────┐   │
 *     │                 │   │ version > 1              │   │
 *     │                 │   ▼                          │   │
 *     ├──── v > 1 ──────┼► RECORDING ──► SETTLING ► DONE   │     RECORDING: note the lost attempt, read the failed ones
 *     │                 │   │     │                    │   │     SETTLING: no attempt is left
 *     ▼                 ▼   ▼     ▼                    │   │
 *   QUEUED ◄───────────── BACKING_OFF                  │   │
 *     │  ▲ ▲                 (either, lease in doubt ► VERIFYING ► either, ACQUIRING)
 *     │  │ rejected                                    │   │
 *     ▼  │                                             │   ▼
 *  ASSIGNED ──────► ACCEPTED ──────► RUNNING ◄─────────┼───┘
 *     │                │                │              │
 *     │ stream ended   ▼                ▼              │
 *     └──────────► IN_DOUBT ──grace──► RELEASING ──────┘
 *       failed ──► FENCING ────────────────┘
 *
 *  any ──► DONE   finished, settled by somebody else, cancelled, deadline reached
 * </pre>
 *
 * A call of an SDK program is PINNING on its way out of CREATING or ACQUIRING: which version does it run?
 *
 * <p>The router heartbeats the lease from QUEUED to ASSIGNED; the node does from ACCEPTED on.
 */
enum RunState {
    CREATING,
    ACQUIRING,
    PINNING,
    RECORDING,
    QUEUED,
    BACKING_OFF,
    VERIFYING,
    ASSIGNED,
    ACCEPTED,
    RUNNING,
    IN_DOUBT,
    FENCING,
    RELEASING,
    SETTLING,
    DONE;

    private static final Set<RunState> ON_NODE = EnumSet.of(ASSIGNED, ACCEPTED, RUNNING, IN_DOUBT);

    private static final Set<RunState> LEASED = EnumSet.of(PINNING, RECORDING, QUEUED, BACKING_OFF, ASSIGNED, SETTLING);

    /** Whether the router renews the lease. */
    boolean leased() {
        return LEASED.contains(this);
    }

    /** Whether a node has it, as far as the router knows. */
    boolean onNode() {
        return ON_NODE.contains(this);
    }

    boolean leads(RunState next) {
        return next == DONE
                || switch (this) {
                    case CREATING -> next == QUEUED || next == PINNING || next == RECORDING || next == SETTLING;
                    case ACQUIRING ->
                        next == QUEUED
                                || next == BACKING_OFF
                                || next == PINNING
                                || next == RECORDING
                                || next == SETTLING;
                    case PINNING -> next == QUEUED || next == RECORDING || next == SETTLING;
                    case RECORDING -> next == QUEUED || next == BACKING_OFF || next == SETTLING;
                    case QUEUED -> next == ASSIGNED || next == VERIFYING;
                    case BACKING_OFF -> next == QUEUED || next == VERIFYING;
                    case VERIFYING -> next == QUEUED || next == BACKING_OFF || next == ACQUIRING;
                    case ASSIGNED ->
                        next == ACCEPTED
                                || next == RUNNING
                                || next == QUEUED
                                || next == IN_DOUBT
                                || next == FENCING
                                || next == RELEASING;
                    case ACCEPTED ->
                        next == RUNNING || next == QUEUED || next == IN_DOUBT || next == FENCING || next == RELEASING;
                    case RUNNING -> next == IN_DOUBT || next == FENCING || next == RELEASING;
                    case IN_DOUBT -> next == ACCEPTED || next == RUNNING || next == FENCING || next == RELEASING;
                    case FENCING -> next == RELEASING;
                    case RELEASING -> next == ACQUIRING;
                    case SETTLING, DONE -> false;
                };
    }
}
