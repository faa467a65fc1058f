package dev.modulate.executor.instance;

import com.google.protobuf.ByteString;
import dev.modulate.executor.call.Outcome;
import dev.modulate.executor.call.OutputKind;

/** A place where a function runs, one call at a time. Its methods return at once. */
public sealed interface Instance permits WarmInstance, ScriptInstance {
    /** Only while no call is under way. */
    void call(Call call, Listener listener);

    /** Asks the process group to end. */
    void terminate();

    /** Kills the process group. */
    void kill();

    /** Follows one call. Comes on threads of the instance, which may be blocked: that slows this function only. */
    interface Listener {
        void output(OutputKind kind, ByteString data);

        /** @param reusable whether the instance can take another call */
        void ended(Outcome outcome, boolean reusable);
    }
}
