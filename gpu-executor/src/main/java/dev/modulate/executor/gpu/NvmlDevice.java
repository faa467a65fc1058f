package dev.modulate.executor.gpu;

import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** One GPU, or one partition of it, and how it stood at the last look. Owned by who measures. */
final class NvmlDevice {
    private final Accelerator accelerator;
    private final String boardUuid;
    private MemorySegment device;
    private MemorySegment board;
    private boolean handlesDoubtful;
    private AcceleratorLoad load;

    /**
     * @param boardUuid the GPU itself, which answers for temperature, power and errors of its partitions
     * @param board its handle; that of the device where that is not partitioned
     */
    NvmlDevice(Accelerator accelerator, String boardUuid, MemorySegment device, MemorySegment board) {
        this.accelerator = accelerator;
        this.boardUuid = boardUuid;
        this.device = device;
        this.board = board;
        this.load = new AcceleratorLoad(accelerator.deviceId(), 0, 0, "not measured yet", 0, 0);
    }

    Accelerator accelerator() {
        return accelerator;
    }

    AcceleratorLoad load() {
        return load;
    }

    /** Whether the last look got an answer; a device may answer and still be unhealthy. */
    boolean answers() {
        return !handlesDoubtful;
    }

    /** The driver may know the device under another handle by now. */
    void doubtHandles() {
        handlesDoubtful = true;
    }

    /** A device that does not answer keeps what was last known of it, and says why it is unhealthy. */
    void measure(Nvml nvml) {
        try {
            if (handlesDoubtful) {
                findAgain(nvml);
            }
            load = ask(nvml);
            handlesDoubtful = false;
        } catch (NvmlException e) {
            handlesDoubtful = true;
            load = new AcceleratorLoad(accelerator.deviceId(), load.memoryUsedBytes(), 0, "" + e.getMessage(), 0, 0);
        }
    }

    private void findAgain(Nvml nvml) throws NvmlException {
        try {
            device = nvml.device(accelerator.deviceId());
            board = nvml.device(boardUuid);
        } catch (NvmlException e) {
            if (e.code() != NvmlException.FUNCTION_NOT_FOUND) {
                throw e;
            }
        }
    }

    private AcceleratorLoad ask(Nvml nvml) throws NvmlException {
        var memory = nvml.memory(device);
        long errors = orZero(nvml.uncorrectedErrors(board));
        return new AcceleratorLoad(
                accelerator.deviceId(),
                memory.usedBytes(),
                (int) orZero(nvml.utilizationPercent(device)),
                errors == 0 ? "" : "uncorrected memory errors since the driver was loaded: " + errors,
                (int) orZero(nvml.temperatureCelsius(board)),
                (int) orZero(nvml.powerMilliwatts(board)));
    }

    private static long orZero(OptionalLong value) {
        return value.orElse(0);
    }
}
