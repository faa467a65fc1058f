package dev.modulate.bench.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The driver's own tool, as a second witness. */
final class NvidiaSmi {
    /**
     * One GPU.
     *
     * @param memory total, reserved and used, in MiB
     */
    record Gpu(String uuid, String name, List<Long> memory, String driver, String capability, double watts) {}

    private NvidiaSmi() {}

    static List<Gpu> gpus() throws IOException {
        return ask("uuid,name,memory.total,memory.reserved,memory.used,driver_version,compute_cap,power.draw").stream()
                .map(fields -> new Gpu(
                        fields.get(0),
                        fields.get(1),
                        fields.subList(2, 5).stream().map(Long::valueOf).toList(),
                        fields.get(5),
                        fields.get(6),
                        Double.parseDouble(fields.get(7))))
                .toList();
    }

    private static List<List<String>> ask(String fields) throws IOException {
        var process = new ProcessBuilder("nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader,nounits")
                .redirectErrorStream(true)
                .start();
        try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
            return lines.lines().map(line -> List.of(line.split(", ", -1))).toList();
        }
    }
}
