package dev.modulate.executor;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.device.DriverHealth;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Two devices of 1000 bytes. A test may let them keep the memory of ended processes, and report errors. */
final class FakeDevices implements Devices {
    final List<String> kept = new CopyOnWriteArrayList<>();
    volatile boolean keepsMemory;
    volatile List<String> errors = List.of();
    volatile List<DriverHealth> said = List.of();
    private volatile Runnable listener = () -> {};

    /** The driver says something of the first device. */
    void say(DriverHealth health) {
        said = List.of(health, new DriverHealth(0, 0, 0, false, false, "none", List.of()));
        listener.run();
    }

    @Override
    public BooleanSupplier vacated(long processGroup, List<String> deviceIds) {
        return () -> !keepsMemory;
    }

    @Override
    public void keepsMemory(long processGroup, List<String> deviceIds) {
        kept.addAll(deviceIds);
    }

    @Override
    public CompletableFuture<List<String>> incidents(List<String> deviceIds, long sinceNanos) {
        return CompletableFuture.completedFuture(errors);
    }

    @Override
    public List<Accelerator> list() {
        return List.of(device("GPU-0"), device("GPU-1"));
    }

    private static Accelerator device(String id) {
        return new Accelerator(id, "fake", 1100, 100, "1", "", true);
    }

    @Override
    public List<AcceleratorLoad> loads() {
        return List.of(
                new AcceleratorLoad("GPU-0", 10, 50, "", 40, 0), new AcceleratorLoad("GPU-1", 0, 0, "fell off", 0, 0));
    }

    @Override
    public List<DriverHealth> health() {
        return said;
    }

    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return Map.of(
                "CUDA_VISIBLE_DEVICES",
                reservations.stream().map(Reservation::deviceId).collect(Collectors.joining(",")));
    }

    @Override
    public void onChange(Runnable listener) {
        this.listener = listener;
    }

    @Override
    public void start() {}

    @Override
    public void close() {}
}
