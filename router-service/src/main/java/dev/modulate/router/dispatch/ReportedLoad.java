package dev.modulate.router.dispatch;

import dev.modulate.executor.v1.DeviceLoad;
import dev.modulate.executor.v1.LoadReport;
import dev.modulate.executor.v1.Residency;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The reports of one stream put together, for people. The cell's thread owns it. */
final class ReportedLoad {
    private final Map<Integer, DeviceLoad> devices = new TreeMap<>();
    private final Map<String, Residency> residencies = new LinkedHashMap<>();
    private LoadReport newest = LoadReport.getDefaultInstance();
    private boolean started;

    /** False when a report before this delta is missing: it cannot be understood then, and nothing changes. */
    boolean add(LoadReport report) {
        if (report.getDelta() && (!started || report.getSequence() != newest.getSequence() + 1)) {
            return false;
        }
        if (!report.getDelta()) {
            devices.clear();
            residencies.clear();
            started = true;
        }
        newest = report;
        for (var device : report.getDevicesList()) {
            int number = device.getDeviceNumber() == 0 ? devices.size() + 1 : device.getDeviceNumber();
            devices.merge(
                    number,
                    device,
                    (old, now) -> now.getDeviceId().isEmpty()
                            ? now.toBuilder().setDeviceId(old.getDeviceId()).build()
                            : now);
        }
        report.getRemovedFunctionKeysList().forEach(residencies::remove);
        report.getResidenciesList().forEach(each -> residencies.put(each.getFunctionKey(), each));
        return true;
    }

    /** Whether there was one. */
    boolean isKnown() {
        return started;
    }

    /** As if the newest report said everything. */
    LoadReport whole() {
        return newest.toBuilder()
                .clearDevices()
                .addAllDevices(devices.values())
                .clearResidencies()
                .addAllResidencies(residencies.values())
                .clearRemovedFunctionKeys()
                .setDelta(false)
                .build();
    }
}
