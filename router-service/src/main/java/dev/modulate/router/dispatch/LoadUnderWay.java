package dev.modulate.router.dispatch;

import dev.modulate.router.placement.Holding;
import dev.modulate.router.placement.Needs;
import org.jspecify.annotations.Nullable;

/** A load that a node has and has not ended. Plain state: the cell's thread owns it. */
final class LoadUnderWay {
    final String id;
    final Holding holding;
    final LoadMeters.Kind kind;
    final long begunAt;

    /** Null when this router did not order it: the node told of it. */
    @Nullable
    final Needs needs;

    /** A node that has said nothing by then does not know the message. */
    long answerUntil;

    LoadUnderWay(
            String id, Holding holding, @Nullable Needs needs, LoadMeters.Kind kind, long begunAt, long answerUntil) {
        this.id = id;
        this.holding = holding;
        this.needs = needs;
        this.kind = kind;
        this.begunAt = begunAt;
        this.answerUntil = answerUntil;
    }
}
