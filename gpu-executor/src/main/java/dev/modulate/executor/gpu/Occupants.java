package dev.modulate.executor.gpu;

import dev.modulate.executor.gpu.NvmlFacts.DeviceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Whose processes are on a device. Owned by the poller; what {@link #seen} returns does not change. */
final class Occupants {
    private static final Path PROC = Path.of("/proc");
    private static final int PARENT = 1;
    private static final int GROUP = 2;

    /** Its kernel's own threads are seen by those only who see the pids of the machine, as the driver does. */
    private static final Path KERNEL_THREAD = PROC.resolve("2/comm");

    private static final String KERNEL_THREAD_NAME = "kthreadd";

    private final long executor = ProcessHandle.current().pid();
    private final boolean pidsOfMachine =
            KERNEL_THREAD_NAME.equals(text(KERNEL_THREAD).strip());

    /** A process that has ended may stay in the driver's list: whose it was was noted while it lived. */
    private final Map<Long, Owner> owners = new HashMap<>();

    /** @param function whether the leader of the group is a child of this executor */
    private record Owner(long group, boolean function) {}

    /**
     * @param groups process groups on the device
     * @param unattributedBytes memory in use that no listed process accounts for; negative when the driver does not say
     * @param foreignBytes memory in use that no process of a function holds; zero when the driver does not say, or means
     *     other pids than we see, as in a container
     */
    record Seen(Set<Long> groups, long unattributedBytes, long foreignBytes) {
        static final Seen NONE = new Seen(Set.of(), -1, 0);

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
        long foreign = usedBytes;
        boolean known = true;
        owners.keySet().retainAll(processes.stream().map(DeviceProcess::pid).toList());
        for (var process : processes) {
            long held = Math.max(0, process.memoryBytes());
            known &= process.memoryBytes() >= 0;
            unattributed -= held;
            if (owners.computeIfAbsent(process.pid(), this::ownerOf).function()) {
                foreign -= held;
            }
        }
        var groups = owners.values().stream().map(Owner::group).collect(Collectors.toUnmodifiableSet());
        return new Seen(
                groups, known ? Math.max(0, unattributed) : -1, known && pidsOfMachine ? Math.max(0, foreign) : 0);
    }

    private Owner ownerOf(long pid) {
        long group = stat(pid, GROUP, pid);
        return new Owner(group, stat(group, PARENT, 0) == executor);
    }

    /** The value given when nobody knows: a leader's group has its own number. */
    private static long stat(long pid, int field, long otherwise) {
        String stat = text(PROC.resolve(pid + "/stat"));
        // The name, in parentheses, may hold anything; then come state, parent and group.
        var fields = new java.util.StringTokenizer(stat.substring(stat.lastIndexOf(')') + 1));
        try {
            for (int skipped = 0; skipped < field; skipped++) {
                fields.nextToken();
            }
            return Long.parseLong(fields.nextToken());
        } catch (java.util.NoSuchElementException | NumberFormatException e) {
            return otherwise;
        }
    }

    /** Nothing when it cannot be read. */
    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
