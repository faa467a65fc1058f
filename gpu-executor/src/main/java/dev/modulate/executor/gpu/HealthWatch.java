package dev.modulate.executor.gpu;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the health of the boards: takes error events, asks for facts, tests what is out of service. Owned by the poller;
 * only {@link #incidents} may be called by others.
 */
final class HealthWatch {
    private static final Logger LOG = LoggerFactory.getLogger(HealthWatch.class);
    private static final int EVENTS_AT_A_LOOK = 64;
    private static final int INCIDENTS_MAX = 256;
    private static final Duration INCIDENTS_KEPT = Duration.ofMinutes(30);

    private final Nvml nvml;
    private final Map<NvmlBoard, List<String>> boards = new LinkedHashMap<>();
    private final NvmlEvents events;
    private final DeviceTest test;
    private final Executor poller;
    private final HealthMeters meters;
    private final LongSupplier nanoTime;
    private final Deque<Incident> incidents = new ArrayDeque<>();

    private record Incident(NvmlBoard board, Xid xid, long atNanos) {}

    /** @param poller runs what a test has found */
    HealthWatch(
            Nvml nvml,
            Collection<NvmlDevice> devices,
            DeviceTest test,
            Executor poller,
            HealthMeters meters,
            LongSupplier nanoTime) {
        this.nvml = nvml;
        this.events = new NvmlEvents(nvml);
        this.test = test;
        this.poller = poller;
        this.meters = meters;
        this.nanoTime = nanoTime;
        for (var device : devices) {
            boards.merge(
                    device.board(),
                    List.of(device.accelerator().deviceId()),
                    (some, more) -> java.util.stream.Stream.concat(some.stream(), more.stream())
                            .toList());
        }
        boards.values().forEach(ids -> ids.forEach(meters::register));
    }

    /** A session with the driver has begun: a board that cannot be found in it has no events. */
    void opened() {
        var handles = new ArrayList<MemorySegment>();
        for (var board : boards.keySet()) {
            try {
                handles.add(board.handle(nvml));
            } catch (NvmlException e) {
                LOG.debug("no handle", e); // The next look says it.
            }
        }
        events.open(handles);
    }

    /** The session is about to end. */
    void closing() {
        events.close();
        boards.keySet().forEach(NvmlBoard::doubt);
    }

    void look(long nowNanos) {
        for (int taken = 0; taken < EVENTS_AT_A_LOOK; taken++) {
            var event = events.next();
            if (event.isEmpty()) {
                break;
            }
            happened(event.get(), nowNanos);
        }
        boards.forEach((board, ids) -> {
            board.measure(nvml, nowNanos);
            meters.measured(ids, board.health().facts());
            // A partitioned board computes in its partitions only.
            if (board.answers() && board.health().startsTest(nowNanos)) {
                startTest(board, ids.getFirst());
            }
        });
    }

    private void happened(NvmlEvents.Event event, long nowNanos) {
        for (var board : boards.keySet()) {
            if (board.handle().equals(event.board())) {
                boolean out = board.event(event.xid(), nowNanos);
                remember(new Incident(board, event.xid(), nowNanos));
                meters.happened(boards.getOrDefault(board, List.of()), event.xid());
                LOG.atWarn()
                        .addKeyValue("device", board.uuid())
                        .addKeyValue("event", event.xid())
                        .addKeyValue("out_of_service", out)
                        .log("the driver reports an error");
            }
        }
    }

    private void remember(Incident incident) {
        synchronized (incidents) {
            incidents.addLast(incident);
            while (incidents.size() > INCIDENTS_MAX
                    || incident.atNanos() - incidents.getFirst().atNanos() > INCIDENTS_KEPT.toNanos()) {
                incidents.removeFirst();
            }
        }
    }

    /** What has gone wrong on devices since a moment, in words. For any thread. */
    List<String> incidents(List<String> deviceIds, long sinceNanos) {
        synchronized (incidents) {
            return incidents.stream()
                    .filter(incident -> incident.atNanos() - sinceNanos >= 0)
                    .filter(incident -> boards.getOrDefault(incident.board(), List.of()).stream()
                            .anyMatch(deviceIds::contains))
                    .map(incident -> incident.board().uuid() + ": " + incident.xid())
                    .distinct()
                    .toList();
        }
    }

    /** Memory of a process that has ended does not come back. */
    void keepsMemory(String deviceId, String words, long nowNanos) {
        boards.forEach((board, ids) -> {
            if (ids.contains(deviceId)) {
                board.health().keepsMemory(words, nowNanos);
            }
        });
    }

    private void startTest(NvmlBoard board, String deviceId) {
        LOG.atInfo().addKeyValue("device", deviceId).log("a GPU out of service is tested");
        test.run(deviceId).thenAcceptAsync(problem -> tested(board, deviceId, problem), poller);
    }

    private void tested(NvmlBoard board, String deviceId, String problem) {
        board.health().tested(problem, nanoTime.getAsLong());
        if (!problem.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("device", deviceId)
                    .addKeyValue("problem", problem)
                    .log("a GPU stays out of service");
        }
    }
}
