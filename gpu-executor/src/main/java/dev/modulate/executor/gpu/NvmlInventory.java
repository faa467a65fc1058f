package dev.modulate.executor.gpu;

import dev.modulate.executor.device.Accelerator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the devices once, at start. One that cannot be described is left out with a line in the log. */
final class NvmlInventory {
    private static final Logger LOG = LoggerFactory.getLogger(NvmlInventory.class);

    private final Nvml nvml;
    private final String driverVersion;
    private final List<MemorySegment> boards = new ArrayList<>();
    private final List<NvmlDevice> found = new ArrayList<>();

    private NvmlInventory(Nvml nvml, String driverVersion) {
        this.nvml = nvml;
        this.driverVersion = driverVersion;
    }

    static List<NvmlDevice> take(Nvml nvml) throws NvmlException {
        var inventory = new NvmlInventory(nvml, nvml.driverVersion());
        int count = nvml.deviceCount();
        for (int index = 0; index < count; index++) {
            try {
                inventory.boards.add(nvml.device(index));
            } catch (NvmlException e) {
                skipped(index, e);
            }
        }
        var groups = LinkGroups.of(inventory.boards.size(), inventory::linked);
        for (int index = 0; index < inventory.boards.size(); index++) {
            try {
                inventory.add(inventory.boards.get(index), groups.get(index));
            } catch (NvmlException e) {
                skipped(index, e);
            }
        }
        return List.copyOf(inventory.found);
    }

    private static void skipped(int index, NvmlException problem) {
        LOG.atWarn()
                .addKeyValue("index", index)
                .addKeyValue("reason", problem.getMessage())
                .log("a GPU cannot be used until the executor starts again");
    }

    private boolean linked(int one, int other) {
        try {
            return nvml.linked(boards.get(one), boards.get(other));
        } catch (NvmlException e) {
            return false;
        }
    }

    private void add(MemorySegment board, String linkGroup) throws NvmlException {
        String boardUuid = nvml.uuid(board);
        OptionalLong partitions = nvml.partitionsMax(board);
        var itself = new NvmlBoard(boardUuid, board);
        if (partitions.isEmpty()) {
            found.add(new NvmlDevice(describe(board, linkGroup, ""), itself, board));
            return;
        }
        // A process that is given a partitioned GPU gets its first partition only: offer the partitions.
        for (int index = 0; index < partitions.getAsLong(); index++) {
            try {
                var partition = nvml.partition(board, index);
                found.add(new NvmlDevice(describe(partition, "", boardUuid), itself, partition));
            } catch (NvmlException e) {
                if (!e.meansUnavailable()) {
                    throw e;
                }
            }
        }
    }

    private Accelerator describe(MemorySegment device, String linkGroup, String parent) throws NvmlException {
        var memory = nvml.memory(device);
        String name = nvml.name(device);
        var slice = parent.isEmpty() ? Accelerator.Slice.NONE : new Accelerator.Slice(parent, migProfile(name));
        return new Accelerator(
                nvml.uuid(device),
                modelName(name),
                memory.totalBytes(),
                memory.reservedBytes(),
                driverVersion,
                linkGroup,
                slice,
                nvml.computeCapability(device),
                false);
    }

    /** The driver ends the name of a slice with it: {@code NVIDIA H100 80GB HBM3 MIG 1g.10gb}. */
    static String migProfile(String name) {
        return name.substring(name.lastIndexOf(' ') + 1).toLowerCase(Locale.ROOT);
    }

    /** As requirements write it: {@code NVIDIA H100 80GB HBM3} is {@code nvidia-h100-80gb-hbm3}. */
    static String modelName(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
    }
}
