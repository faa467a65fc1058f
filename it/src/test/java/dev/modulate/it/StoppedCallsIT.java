package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.invocation.v1.Target;
import dev.modulate.it.platform.Artifact;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.Refusal;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.registry.v1.Runtime;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that do not run to their end: what is left of them, on a node with one slot. */
@Timeout(300)
class StoppedCallsIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;
    private static Marks pids;

    @BeforeAll
    static void start() {
        platform =
                LocalPlatform.start(folder.resolve("data"), Map.of("executor.slots", "1", "api.cancel-grace", "100ms"));
        client = platform.client();
        pids = new Marks(folder.resolve("pids"));
        client.deploy("echo", "def handler(event, context):\n    return event\n");
        client.deploy("sleep", """
                import os, time

                def handler(event, context):
                    %s
                    time.sleep(600)
                """.formatted(pids.python("context.invocation_id + ' ' + str(os.getpid())")));
    }

    @AfterEach
    void theSlotIsFreeAgain() {
        await().atMost(AT_MOST)
                .untilAsserted(() -> assertThat(platform.scrape().sum("modulate_executor_slots", "state=\"busy\""))
                        .isZero());
        assertThat(client.invoke("echo", "1").getState()).isEqualTo(State.STATE_SUCCEEDED);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void aCancelledRunIsKilled() {
        client.create("cancelled", "sleep", "{}");
        long pid = awaitPid("cancelled");

        client.cancel("invocations/cancelled", "enough");

        await().atMost(AT_MOST).until(() -> ProcessHandle.of(pid).isEmpty());
        assertThat(client.get("invocations/cancelled").getState()).isEqualTo(State.STATE_CANCELLED);
    }

    @Test
    void aCancelledCallThatWaitsNeverRuns() {
        client.create("before", "sleep", "{}");
        awaitPid("before");
        client.create("waiting", "sleep", "{}");
        client.cancel("invocations/waiting", "not needed");
        client.cancel("invocations/before", "done");

        assertThat(client.invoke("echo", "7").getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(pids.all()).noneMatch(line -> line.startsWith("waiting "));
        assertThat(client.get("invocations/waiting").getState()).isEqualTo(State.STATE_CANCELLED);
    }

    @Test
    void aRunIsKilledWhenItsTimeToLiveIsOver() {
        client.create(PlatformClient.createRequest("expiring", "sleep", "{}")
                // Long enough that it runs before it expires.
                .setTtl(PlatformClient.duration(Duration.ofSeconds(6)))
                .build());
        long pid = awaitPid("expiring");

        assertThat(client.await("invocations/expiring").getState()).isEqualTo(State.STATE_TIMED_OUT);
        await().atMost(AT_MOST).until(() -> ProcessHandle.of(pid).isEmpty());
    }

    @Test
    void theDeadlineOfACallerEndsACallWithoutATimeToLive() {
        var request = PlatformClient.invokeRequest("deadline", "sleep", "{}").build();
        var refusal = Refusal.of(() ->
                client.invocations().withDeadlineAfter(2, TimeUnit.SECONDS).invokeFunction(request));

        assertThat(refusal.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
        assertThat(client.await("invocations/deadline").getState()).isEqualTo(State.STATE_TIMED_OUT);
    }

    @Test
    void aProcessThatEndsIsACrashWithItsLastWords() {
        var failure = failureOf("crash", """
                import os, sys

                def handler(event, context):
                    sys.stderr.write("out of luck\\n")
                    sys.stderr.flush()
                    os._exit(7)
                """);

        assertThat(failure.getReason()).isEqualTo("FUNCTION_CRASHED");
        assertThat(failure.getMessage()).contains("7");
        assertThat(failure.getTrace()).contains("out of luck");
        assertThat(failure.getRetryable()).isTrue();
    }

    @Test
    void anOutputThatIsTooLargeIsNotTriedAgain() {
        var failure = failureOf("large", "def handler(event, context):\n    return 'x' * (1 << 20)\n");

        assertThat(failure.getReason()).isEqualTo("OUTPUT_TOO_LARGE");
        assertThat(failure.getMessage()).isEqualTo("the result has 1048578 bytes (expected: at most 393216)");
        assertThat(failure.getRetryable()).isFalse();
    }

    @Test
    void anOutputThatIsNoJsonIsNotTriedAgain() {
        var failure = failureOf("set", "def handler(event, context):\n    return {1, 2}\n");

        assertThat(failure.getReason()).isEqualTo("OUTPUT_INVALID");
        assertThat(failure.getMessage()).contains("Object of type set is not JSON serializable");
    }

    @Test
    void aScriptIsRunWithoutADeployment() {
        var script = new Artifact(
                ByteString.copyFromUtf8("import sys\nprint(sys.stdin.read().upper(), end='')\n"),
                ArtifactFormat.ARTIFACT_FORMAT_FILE);
        var spec = FunctionSpec.newBuilder()
                .setRuntime(Runtime.RUNTIME_PYTHON_SCRIPT)
                .setArtifactSha256(client.upload(script))
                .setHandler("shout.py");
        var invocation = client.invoke(PlatformClient.invokeRequest("", "", "\"hello\"")
                .setTarget(Target.newBuilder().setInline(spec))
                .build());

        assertThat(invocation.getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(invocation.getOutcome().getOutput().getData().toStringUtf8()).isEqualTo("\"HELLO\"");
    }

    private static Failure failureOf(String id, String source) {
        client.deploy(
                id,
                source,
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(2)
                        .setInitialBackoff(PlatformClient.duration(Duration.ofMillis(20)))));
        var invocation = client.invoke(id, "{}");
        assertThat(invocation.getState()).isEqualTo(State.STATE_FAILED);
        var failure = invocation.getOutcome().getFailure();
        assertThat(invocation.getAttempt()).isEqualTo(failure.getRetryable() ? 2 : 1);
        return failure;
    }

    private static long awaitPid(String id) {
        await().atMost(AT_MOST).until(() -> pids.all().stream().anyMatch(line -> line.startsWith(id + " ")));
        return pids.all().stream()
                .filter(line -> line.startsWith(id + " "))
                .mapToLong(line -> Long.parseLong(line.substring(id.length() + 1)))
                .findFirst()
                .orElseThrow();
    }
}
