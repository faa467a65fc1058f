package dev.modulate.bench.gpu;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.registry.v1.AcceleratorRequirements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Shares under NVIDIA's MPS control daemon, which is started for this and ended again; its settings are its defaults. */
final class SharesPart {
    private static final String DAEMON = "nvidia-cuda-mps-control";
    private static final long SHARE_BYTES = 4L << 30;
    private static final long HOLDS_BYTES = 2L << 30;
    private static final long TOO_MUCH_BYTES = 3L << 30;
    private static final int SHARE_MILLI = 250;

    private final Path folder;
    private final Findings findings;

    SharesPart(Path folder, Findings findings) {
        this.folder = folder;
        this.findings = findings;
    }

    static boolean possible() throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", "command -v " + DAEMON + " >/dev/null")
                        .start()
                        .waitFor()
                == 0;
    }

    void run() throws Exception {
        var pipe = Files.createDirectories(folder.resolve("mps"));
        control(pipe, List.of(DAEMON, "-d"), "");
        try (var platform = Platform.start(folder, List.of("gpu-executor.mps-pipe=" + pipe))) {
            for (String id : List.of("share-a", "share-b")) {
                platform.deploy(
                        id,
                        AcceleratorRequirements.newBuilder()
                                .setDeviceMemoryBytes(SHARE_BYTES)
                                .setShareMilli(SHARE_MILLI)
                                .build(),
                        HOLDS_BYTES);
            }
            for (String id : List.of("share-a", "share-b")) {
                var saw = Platform.output(platform.call(id, "{}"));
                findings.note(id + " sees " + saw.getFieldsMap());
            }
            Invocation greedy = platform.call("share-a", "{\"more\": " + TOO_MUCH_BYTES + "}");
            findings.fact(
                    "a share cannot take more memory than it was given",
                    greedy.getState() == State.STATE_FAILED,
                    greedy.getOutcome().getFailure().getMessage());
            var other = platform.call("share-b", "{}");
            findings.fact("the one beside it goes on", other.getState() == State.STATE_SUCCEEDED, other.getState());
        } finally {
            control(pipe, List.of(DAEMON), "quit -t 5\n");
        }
    }

    private static void control(Path pipe, List<String> command, String words) throws Exception {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "CUDA_MPS_PIPE_DIRECTORY", pipe.toString(),
                        "CUDA_MPS_LOG_DIRECTORY", pipe.toString()));
        var process =
                builder.inheritIO().redirectInput(ProcessBuilder.Redirect.PIPE).start();
        try (var writer = process.outputWriter()) {
            writer.write(words);
        }
        process.waitFor();
    }
}
