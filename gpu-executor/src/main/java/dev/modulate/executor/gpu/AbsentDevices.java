package dev.modulate.executor.gpu;

import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import java.util.List;
import java.util.Map;

/** The settings expect GPUs and there is no driver to ask for them. */
record AbsentDevices(int missing) implements Devices {
    static String words(int missing) {
        return missing + " of the GPUs that gpu-executor.expected-gpus names are missing";
    }

    @Override
    public String alarm() {
        return words(missing);
    }

    @Override
    public List<Accelerator> list() {
        return List.of();
    }

    @Override
    public List<AcceleratorLoad> loads() {
        return List.of();
    }

    @Override
    public Map<String, String> environment(List<Reservation> reservations) {
        return Devices.none().environment(reservations);
    }

    @Override
    public void onChange(Runnable listener) {}

    @Override
    public void start() {}

    @Override
    public void close() {}
}
