package dev.modulate.executor.gpu;

import dev.modulate.executor.gpu.NvmlFacts.DeviceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whose processes are on a device. Owned by the poller; what {@link #seen} returns does not change. */
final class Occupants {
    private static final Path PROC = Path.of("/proc");

    /** A process that has ended may stay in the driver's list: its group was noted while it lived. */
    private final Map<Long, Long> groups = new HashMap<>();

    /**
     * @param groups process groups on the device
     * @param unattributedBytes memory in use that no listed process accounts for; negative when the driver does not say
     */
    record Seen(Set<Long> groups, long unattributedBytes) {
        static final Seen NONE = new Seen(Set.of(), -1);

        /** Growth of what nobody accounts for that is no trace of an ended process. */
        private static final long NOISE_BYTES = 64L << 20;

        /** @param before as it was when the group ended */
        boolean holds(long group, Seen before) {
            boolean grown = before.unattributedBytes >= 0
                    && unattributedBytes >= 0
                    && unattributedBytes - before.unattributedBytes > NOISE_BYTES;
            return groups.contains(group) || grown;
        }
    }

    Seen seen(List<DeviceProcess> processes, long usedBytes) {
        long unattributed = usedBytes;
        boolean known = true;
        groups.keySet().retainAll(processes.stream().map(DeviceProcess::pid).toList());
        for (var process : processes) {
            groups.putIfAbsent(process.pid(), groupOf(process.pid()));
            known &= process.memoryBytes() >= 0;
            unattributed -= Math.max(0, process.memoryBytes());
        }
        return new Seen(Set.copyOf(groups.values()), known ? Math.max(0, unattributed) : -1);
    }

    /** The pid itself when nobody knows: a leader's group has its number. */
    private static long groupOf(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"));
            // The name, in parentheses, may hold anything; then come state, parent and group.
            var fields = new java.util.StringTokenizer(stat.substring(stat.lastIndexOf(')') + 1));
            fields.nextToken();
            fields.nextToken();
            return Long.parseLong(fields.nextToken());
        } catch (IOException | RuntimeException e) {
            return pid;
        }
    }
}
