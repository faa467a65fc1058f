package dev.modulate.executor.instance;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** kill(2), which the JDK offers for single processes only. */
final class Signals {
    static final int KILL = 9;
    static final int TERM = 15;

    private static final MethodHandle KILL_CALL = find();

    private Signals() {}

    /** Sends to every process of the group. A group that is gone already is no error. */
    static void toGroup(long group, int signal) {
        if (group <= 1) {
            throw new IllegalArgumentException("group: " + group + " (expected: > 1)");
        }
        try {
            int _ = (int) KILL_CALL.invokeExact((int) -group, signal);
        } catch (Throwable e) {
            throw new IllegalStateException("kill(2)", e);
        }
    }

    @SuppressWarnings("restricted") // The manifest enables native access.
    private static MethodHandle find() {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().find("kill").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }
}
