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
    private final Foreign foreign = new Foreign();
    private final boolean partition;

    /** Of a partition; a whole device is known by the handle of its board. */
    private MemorySegment ofPartition;

    private boolean doubtful;
    private AcceleratorLoad load;
    private Occupants.Seen seen = Occupants.Seen.NONE;

    /** @param board the GPU itself, which answers for temperature, power and errors of its partitions */
    NvmlDevice(Accelerator accelerator, NvmlBoard board, MemorySegment device) {
        this.accelerator = accelerator;
        this.board = board;
        this.partition = !accelerator.deviceId().equals(board.uuid());
        this.ofPartition = device;
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
        return !doubtful && board.answers();
    }

    /** The driver may know the device under another handle by now. */
    void doubt() {
        doubtful = true;
    }

    /** A device that does not answer keeps what was last known of it, and says why it is unhealthy. After its board. */
    void measure(Nvml nvml, long nowNanos) {
        try {
            load = ask(nvml, handle(nvml), nowNanos);
            doubtful = false;
        } catch (NvmlException e) {
            doubtful = true;
            board.doubt();
            load = load.silent("" + e.getMessage());
        }
    }

    private MemorySegment handle(Nvml nvml) throws NvmlException {
        if (!partition) {
            return doubtful ? board.handle(nvml) : board.handle();
        }
        if (doubtful) {
            try {
                ofPartition = nvml.device(accelerator.deviceId());
            } catch (NvmlException e) {
                if (e.code() != NvmlException.FUNCTION_NOT_FOUND) {
                    throw e;
                }
            }
        }
        return ofPartition;
    }

    private AcceleratorLoad ask(Nvml nvml, MemorySegment device, long nowNanos) throws NvmlException {
        var memory = nvml.memory(device);
        seen = occupants.seen(NvmlFacts.processes(nvml, device), memory.usedBytes());
        return new AcceleratorLoad(
                accelerator.deviceId(),
                memory.usedBytes(),
                foreign.lasting(seen.foreignBytes(), nowNanos),
                (int) orZero(nvml.utilizationPercent(device)),
                board.reason(),
                (int) orZero(nvml.temperatureCelsius(board.handle())),
                (int) orZero(nvml.powerMilliwatts(board.handle())));
    }

    private static long orZero(OptionalLong value) {
        return value.orElse(0);
    }
}
