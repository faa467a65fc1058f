package dev.modulate.executor.gpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** What the driver knows of a board's health and of the processes on a device. Layouts are those of nvml.h, 64-bit Linux. */
final class NvmlFacts {
    private static final int FIELD_BYTES = 40;
    private static final int FIELD_RESULT_AT = 28;
    private static final int FIELD_VALUE_AT = 32;
    private static final int FIELD_RECOVERY_ACTION = 230;

    private static final int PROCESS_BYTES = 24;
    private static final int PROCESS_V1_BYTES = 16;
    private static final int PROCESSES_MAX = 1_024;
    private static final long NOT_AVAILABLE = -1;

    private NvmlFacts() {}

    /** @param memoryBytes negative when the driver does not say */
    record DeviceProcess(long pid, long memoryBytes) {}

    static DeviceFacts of(Nvml nvml, MemorySegment board) throws NvmlException {
        long[] remapped = remappedRows(nvml, board);
        return new DeviceFacts(
                nvml.uncorrectedErrors(board).orElse(0),
                remapped[0] != 0,
                remapped[1] != 0,
                recovery(nvml, board),
                nvml.optional(NvmlCall.CLOCK_REASONS, board).orElse(0));
    }

    /** Pending and failed. */
    private static long[] remappedRows(Nvml nvml, MemorySegment board) throws NvmlException {
        try {
            return Nvml.ask(arena -> {
                var corrected = arena.allocate(JAVA_INT);
                var uncorrected = arena.allocate(JAVA_INT);
                var pending = arena.allocate(JAVA_INT);
                var failed = arena.allocate(JAVA_INT);
                nvml.call(NvmlCall.REMAPPED_ROWS, board, corrected, uncorrected, pending, failed);
                return new long[] {pending.get(JAVA_INT, 0), failed.get(JAVA_INT, 0)};
            });
        } catch (NvmlException e) {
            if (e.meansUnavailable()) {
                return new long[2];
            }
            throw e;
        }
    }

    private static RecoveryAction recovery(Nvml nvml, MemorySegment board) throws NvmlException {
        try {
            return Nvml.ask(arena -> {
                var field = arena.allocate(FIELD_BYTES, Long.BYTES);
                field.set(JAVA_INT, 0, FIELD_RECOVERY_ACTION);
                nvml.call(NvmlCall.FIELD_VALUES, board, 1, field);
                return field.get(JAVA_INT, FIELD_RESULT_AT) == 0
                        ? RecoveryAction.of(field.get(JAVA_INT, FIELD_VALUE_AT))
                        : RecoveryAction.NONE;
            });
        } catch (NvmlException e) {
            if (e.meansUnavailable()) {
                return RecoveryAction.NONE;
            }
            throw e;
        }
    }

    /** Processes that compute on a device. Their pids are those of the host; in a container they may mean nothing. */
    static List<DeviceProcess> processes(Nvml nvml, MemorySegment device) throws NvmlException {
        for (var call : List.of(NvmlCall.PROCESSES_V3, NvmlCall.PROCESSES_V2, NvmlCall.PROCESSES_V1)) {
            try {
                return processes(nvml, device, call);
            } catch (NvmlException e) {
                if (!e.meansUnavailable()) {
                    throw e;
                }
            }
        }
        return List.of();
    }

    /** The struct grew under one name: the oldest call writes the short one. */
    private static List<DeviceProcess> processes(Nvml nvml, MemorySegment device, NvmlCall call) throws NvmlException {
        int size = call == NvmlCall.PROCESSES_V1 ? PROCESS_V1_BYTES : PROCESS_BYTES;
        return Nvml.ask(arena -> {
            var count = arena.allocate(JAVA_INT);
            count.set(JAVA_INT, 0, PROCESSES_MAX);
            var all = arena.allocate((long) size * PROCESSES_MAX, Long.BYTES);
            nvml.call(call, device, count, all);
            var found = new ArrayList<DeviceProcess>();
            for (int index = 0; index < count.get(JAVA_INT, 0); index++) {
                long at = (long) index * size;
                long bytes = all.get(JAVA_LONG, at + 8);
                found.add(new DeviceProcess(all.get(JAVA_INT, at), bytes == NOT_AVAILABLE ? -1 : bytes));
            }
            return found;
        });
    }
}
