package dev.modulate.router.dispatch;

import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.observability.link.Outbox;
import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.FunctionKey;
import dev.modulate.router.v1.AttachResponse;
import dev.modulate.router.wire.Handover;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Sink;
import dev.modulate.router.wire.TaskVersion;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The control stream of one node. */
public final class NodeStream {
    private final Outbox<AttachResponse> outbox;
    private final Runnable hangUp;
    private long sequence;
    private long drainSequence;
    private long epoch;

    /** Set by the hello. */
    @Nullable
    Node node;

    public NodeStream(Outbox<AttachResponse> outbox, Runnable hangUp) {
        this.outbox = outbox;
        this.hangUp = hangUp;
    }

    void welcome(String routerId, long epoch, Duration reportPeriod) {
        this.epoch = epoch;
        say(RouterProto.welcome(routerId, epoch, reportPeriod));
    }

    /** Of assignments from now on. */
    void epoch(long next) {
        epoch = next;
    }

    /** The next report shall say everything. */
    void resync() {
        say(RouterProto.resync());
    }

    /** The sequence of the message; zero when it was not sent, ever. */
    long assign(Handover handover) {
        return outbox.offer(RouterProto.assignment(sequence + 1, epoch, handover)) ? ++sequence : 0;
    }

    /** False when it was not sent, ever. */
    boolean load(String loadId, InvocationRecord program, List<DeviceReservation> devices) {
        if (!outbox.offer(RouterProto.load(sequence + 1, epoch, loadId, program, devices))) {
            return false;
        }
        sequence++;
        return true;
    }

    /** Of these functions so many instances stay, and of no others. */
    void pins(Map<FunctionKey, Integer> kept) {
        say(RouterProto.pins(kept));
    }

    void cancel(TaskVersion task, Duration grace) {
        say(RouterProto.cancel(++sequence, task, grace));
    }

    void release(TaskVersion task) {
        say(RouterProto.release(task));
    }

    void subscribe(TaskVersion task, Sink sink, long offset) {
        say(RouterProto.subscription(task, sink, offset));
    }

    /** @param remaining until what runs there is to move; null means never */
    void drain(@Nullable Duration remaining) {
        drainSequence = ++sequence;
        say(RouterProto.drain(drainSequence, remaining));
    }

    void undrain() {
        drainSequence = ++sequence;
        say(RouterProto.undrain(drainSequence));
    }

    /** Whether the node knew the last that it was told of draining when it said so. */
    boolean drainHeard(long ackedSequence) {
        return ackedSequence >= drainSequence;
    }

    /** What must not get lost ends a stream that does not take it: the node attaches again and both restate. */
    private void say(AttachResponse message) {
        if (!outbox.offer(message)) {
            hangUp.run();
        }
    }

    void hangUp() {
        hangUp.run();
    }
}
