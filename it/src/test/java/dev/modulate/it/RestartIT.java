package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The platform stops and starts again on the same folder. */
@Timeout(300)
class RestartIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    /** One slot, so that the second call waits; a short lease, so that the test does not. */
    private static final Map<String, String> SETTINGS = Map.of("executor.slots", "1", "router.lease-ttl", "2s");

    @TempDir
    Path folder;

    private Marks begun;
    private Marks done;

    @BeforeEach
    void prepare() {
        begun = new Marks(folder.resolve("begun"));
        done = new Marks(folder.resolve("done"));
    }

    @Test
    void aRunningAndAQueuedCallComplete() throws IOException {
        try (var before = start()) {
            deployHold(before.client());
            before.client().create("running", "hold", "{}");
            await().atMost(AT_MOST).until(() -> begun.of("running") == 1);
            before.client().create("queued", "hold", "{}");
        }
        assertThat(done.all()).isEmpty();
        Files.createFile(folder.resolve("go"));

        try (var after = start()) {
            var again = after.client().await("invocations/running");
            assertSucceeds(again, "running");
            assertThat(again.getAttempt()).isEqualTo(2);
            assertThat(again.getFailedAttemptsList())
                    .extracting(attempt -> attempt.getFailure().getReason())
                    .containsExactly("NODE_LOST");
            assertSucceeds(after.client().await("invocations/queued"), "queued");
            assertThat(done.all()).containsExactlyInAnyOrder("running", "queued");
            assertThat(begun.of("queued")).isEqualTo(1);
        }
    }

    @Test
    void aFinishedCallKeepsItsAnswerAndAFunctionItsCode() {
        Invocation finished;
        try (var before = start()) {
            before.client().deploy("answer", "def handler(event, context):\n    return 42\n");
            before.client().create("answered", "answer", "{}");
            finished = before.client().await("invocations/answered");
        }
        try (var after = start()) {
            assertThat(after.client().get("invocations/answered")).isEqualTo(finished);
            assertThat(after.client()
                            .invoke(PlatformClient.invokeRequest("answered", "answer", "{}")
                                    .build()))
                    .isEqualTo(finished);
            assertThat(after.client().invoke("answer", "{}").getOutcome().getOutput())
                    .isEqualTo(PlatformClient.json("42"));
        }
    }

    @Test
    void noFunctionProcessOutlivesThePlatform() {
        var pids = new Marks(folder.resolve("pids"));
        try (var before = start()) {
            before.client().deploy("pid", """
                    import os, time

                    def handler(event, context):
                        %s
                        time.sleep(600)
                    """.formatted(pids.python("str(os.getpid())")));
            before.client().create("", "pid", "{}");
            await().atMost(AT_MOST).until(() -> pids.all().size() == 1);
        }
        long pid = Long.parseLong(pids.all().getFirst());
        await().atMost(AT_MOST).until(() -> ProcessHandle.of(pid).isEmpty());
    }

    private LocalPlatform start() {
        return LocalPlatform.start(folder.resolve("data"), SETTINGS);
    }

    private void deployHold(PlatformClient client) {
        client.deploy("hold", """
                import os, time

                def handler(event, context):
                    %s
                    while not os.path.exists("%s"):
                        time.sleep(0.01)
                    %s
                    return context.invocation_id
                """.formatted(
                begun.python("context.invocation_id"), folder.resolve("go"), done.python("context.invocation_id")));
    }

    private static void assertSucceeds(Invocation invocation, String id) {
        assertThat(invocation.getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(invocation.getOutcome().getOutput()).isEqualTo(PlatformClient.json("\"" + id + "\""));
    }
}
