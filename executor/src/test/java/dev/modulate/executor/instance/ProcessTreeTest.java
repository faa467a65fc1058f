package dev.modulate.executor.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.RealPython;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTreeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A parent, its child, and that one's child in the background; each writes its id. */
    private static final String FAMILY = """
            import os, subprocess, time
            open("one", "w").write(str(os.getpid()))
            subprocess.Popen(["/bin/sh", "-c", "echo $$ > two; sh -c 'echo $$ > three; sleep 1000' & wait"])
            time.sleep(1000)
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void python() {
        RealPython.required();
    }

    static Command family(Path folder) throws IOException {
        Files.writeString(folder.resolve("family.py"), FAMILY);
        return new Command(
                List.of(Python.find("python3", folder).executable().toString(), "family.py"),
                Map.of("PATH", "/usr/bin:/bin"),
                folder,
                null);
    }

    private long pid(String name) throws IOException {
        await().atMost(PATIENCE)
                .until(() -> Files.exists(folder.resolve(name))
                        && !Files.readString(folder.resolve(name)).isBlank());
        return Long.parseLong(Files.readString(folder.resolve(name)).strip());
    }

    /** A process that ended and was not waited for by its new parent counts as gone. */
    private static boolean gone(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return true;
        }
    }

    private void assertAllGo(List<Long> pids) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(pids).allMatch(ProcessTreeTest::gone));
    }

    private List<Long> pids() throws IOException {
        return List.of(pid("one"), pid("two"), pid("three"));
    }

    @Test
    void killingAnInstanceLeavesNoneOfItsChildren() throws IOException {
        try (var spawner = new Spawner()) {
            spawner.start();
            var process = spawner.spawn(family(folder)).join();
            var pids = pids();
            assertThat(pids).noneMatch(ProcessTreeTest::gone);

            process.kill();

            assertAllGo(pids);
        }
    }

    @Test
    void childrenOfAProcessThatEndedByItselfGoWithIt() throws IOException {
        try (var spawner = new Spawner()) {
            spawner.start();
            spawner.spawn(family(folder)).join();
            var pids = pids();

            ProcessHandle.of(pids.getFirst()).orElseThrow().destroyForcibly();

            assertAllGo(pids);
        }
    }

    @Test
    void killingTheExecutorLeavesNoneOfItsGrandchildren() throws IOException {
        var executor = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FamilyMain.class.getName(),
                        folder.toString())
                .inheritIO()
                .start();
        try {
            var pids = pids();
            assertThat(pids).noneMatch(ProcessTreeTest::gone);

            executor.destroyForcibly();

            assertAllGo(pids);
        } finally {
            executor.destroyForcibly();
        }
    }

    @Test
    void aSpawnThatFailsSaysWhy() {
        try (var spawner = new Spawner()) {
            spawner.start();
            var missing = new Command(List.of("/no/such/program"), Map.of(), folder, null);

            var process = spawner.spawn(missing).join();

            assertThat(process.awaitEnd(PATIENCE)).contains("exit code 127");
            assertThat(process.stderr())
                    .asString(java.nio.charset.StandardCharsets.UTF_8)
                    .contains("/no/such/program");
        } catch (java.util.concurrent.CompletionException e) {
            assertThat(e).hasMessageContaining("/no/such/program");
        }
    }
}
