package dev.modulate.executor.gpu;

import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** One GPU, or one partition of it, and how it stood at the last look. Owned by who measures. */
final class NvmlDevice {
    private final Accelerator accelerator;
    private final NvmlBoard board;
    private final Occupants occupants = new Occupants();
    private MemorySegment device;
    private boolean handlesDoubtful;
    private AcceleratorLoad load;
    private Occupants.Seen seen = Occupants.Seen.NONE;

    /** @param board the GPU itself, which answers for temperature, power and errors of its partitions */
    NvmlDevice(Accelerator accelerator, NvmlBoard board, MemorySegment device) {
        this.accelerator = accelerator;
        this.board = board;
        this.device = device;
        this.load = new AcceleratorLoad(accelerator.deviceId(), 0, 0, "not measured yet", 0, 0);
    }

    Accelerator accelerator() {
        return accelerator;
    }

    NvmlBoard board() {
        return board;
    }

    AcceleratorLoad load() {
        return load;
    }

    Occupants.Seen seen() {
        return seen;
    }

    /** Whether the last look got an answer; a device may answer and still be unhealthy. */
    boolean answers() {
        return !handlesDoubtful && board.answers();
    }

    /** The driver may know the device under another handle by now. */
    void doubtHandles() {
        handlesDoubtful = true;
    }

    /** A device that does not answer keeps what was last known of it, and says why it is unhealthy. After its board. */
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
            board.findAgain(nvml);
        } catch (NvmlException e) {
            if (e.code() != NvmlException.FUNCTION_NOT_FOUND) {
                throw e;
            }
        }
    }

    private AcceleratorLoad ask(Nvml nvml) throws NvmlException {
        var memory = nvml.memory(device);
        seen = occupants.seen(NvmlFacts.processes(nvml, device), memory.usedBytes());
        return new AcceleratorLoad(
                accelerator.deviceId(),
                memory.usedBytes(),
                (int) orZero(nvml.utilizationPercent(device)),
                board.reason(),
                (int) orZero(nvml.temperatureCelsius(board.handle())),
                (int) orZero(nvml.powerMilliwatts(board.handle())));
    }

    private static long orZero(OptionalLong value) {
        return value.orElse(0);
    }
}
