package dev.modulate.executor.device;

import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.Map;

/** For a node that has none. */
final class NoDevices implements Devices {
    @Override
    public List<Accelerator> list() {
        return List.of();
    }

    @Override
    public List<AcceleratorLoad> loads() {
        return List.of();
    }

    /** Frameworks look for devices by themselves: a CPU function must not take one that happens to be in the machine. */
    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return Map.of("CUDA_VISIBLE_DEVICES", "");
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public void start() {}

    @Override
    public void close() {}
}
