package dev.modulate.router.dispatch;

import dev.modulate.router.placement.Warmth;
import dev.modulate.router.scheduling.HeldNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a call waits for and has waited for, in words for people. */
final class WaitWords {
    private WaitWords() {}

    /**
     * @param loadedOn nodes on which its function is being loaded without a call
     * @param held the node that is held, and for which call; null when none is
     */
    static String waitingFor(
            Run run, List<Sight.Candidate> candidates, List<String> loadedOn, @Nullable HeldNode held) {
        return switch (run.state) {
            case QUEUED ->
                held != null && held.callId().equals(run.id)
                        ? "room on " + held.node().resourceName() + ", which is held for it"
                        : queued(candidates, loadedOn);
            case BACKING_OFF -> "the pause before the next attempt";
            case CREATING, ACQUIRING, RECORDING, VERIFYING, FENCING, RELEASING, SETTLING -> "the store of promises";
            case PINNING -> "the registry, which says what version it runs";
            case IN_DOUBT -> "its node, whose stream ended";
            case ASSIGNED, ACCEPTED ->
                run.warmth == null || run.warmth == Warmth.IDLE
                        ? "its node, to begin"
                        : "its node, to load the function";
            case RUNNING, DONE -> "";
        };
    }

    private static String queued(List<Sight.Candidate> candidates, List<String> loadedOn) {
        if (!loadedOn.isEmpty()) {
            return "a copy of its function, which is being loaded on " + String.join(", ", loadedOn);
        }
        if (candidates.isEmpty()) {
            return "a node of its pool";
        }
        return candidates.stream().anyMatch(Sight.Candidate::feasible)
                ? "a warm copy, or those before it: a load is expected to take longer than to wait"
                : "a node with room";
    }

    /** How long it stood in the queue, how long its start took, how long it has run. Of the newest attempt. */
    static List<String> waited(Run run, long now) {
        var words = new ArrayList<String>();
        boolean placed = run.placedAt != Timers.NEVER && run.placedAt >= run.queuedAt && run.state.onNode();
        if (run.queuedAt != Timers.NEVER) {
            words.add("queue: " + seconds((placed ? run.placedAt : now) - run.queuedAt));
        }
        if (placed) {
            boolean started = run.startedAt != Timers.NEVER;
            String from = run.warmth == null ? "" : " (" + run.warmth + ")";
            words.add("start" + from + ": " + seconds((started ? run.startedAt : now) - run.placedAt)
                    + (started ? "" : " so far"));
            if (started) {
                words.add("run: " + seconds(now - run.startedAt) + " so far");
            }
        }
        return words;
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }
}
