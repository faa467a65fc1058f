package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_ACCEPTED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_FAILED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_FINISHED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonFunctionTest {
    private Node node;

    @BeforeEach
    void start(@TempDir Path data) throws IOException {
        RealPython.required();
        node = new Node(data);
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void runsAHandlerSettlesItsPromiseThenPushesTheResult() {
        var spec = node.python("def handler(event, context):\n    return {'sum': event['a'] + event['b']}\n");

        node.call("default_1", spec, "{\"a\": 2, \"b\": 3}");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("{\"sum\": 5}");
        node.awaitFinished("default_1");
        assertThat(node.router.states("default_1")).containsExactly(STATE_ACCEPTED, STATE_RUNNING, STATE_FINISHED);
        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
        var result = node.api.results("default_1").getFirst();
        assertThat(result.getState()).isEqualTo(Invocation.State.STATE_SUCCEEDED);
        assertThat(result.getOutcome().getOutput().getData().toStringUtf8()).isEqualTo("{\"sum\": 5}");
        assertThat(result.getNode()).isEqualTo("nodes/node-1");
    }

    @Test
    void bytesComeBackAsBytes() {
        var spec = node.python("def handler(event, context):\n    return b'\\x00\\xff'\n");

        node.call("default_1", spec, "{}");

        node.awaitFinished("default_1");
        var value = node.resonate.promise("default_1").value();
        assertThat(value.data()).isEqualTo("AP8=");
        assertThat(value.headers()).containsEntry("content-type", "application/octet-stream");
    }

    @Test
    void knowsItsCallAndItsEnvironment() {
        var spec =
                node.python("""
                        import os
                        def handler(event, context):
                            assert 0 < context.remaining_time_ms() <= 60000
                            return [context.invocation_id, context.attempt, context.tenant, context.function,
                                    context.devices, os.environ["COLOUR"], os.environ["MODULATE_NODE"]]
                        """).toBuilder().putEnvironment("COLOUR", "green").build();

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.RESOLVED))
                .isEqualTo("[\"default_1\", 1, \"default\", \"functions/f\", [], \"green\", \"node-1\"]");
    }

    @Test
    void instancesStayWarmFromCallToCall() {
        var spec = node.python("import os\ndef handler(event, context):\n    return os.getpid()\n");

        node.call("default_1", spec, "{}");
        node.awaitFinished("default_1");
        node.call("default_2", spec, "{}");

        assertThat(node.value("default_2", PromiseState.RESOLVED))
                .isEqualTo(node.value("default_1", PromiseState.RESOLVED));
        assertThat(node.registry.downloads).hasValue(1);
    }

    @Test
    void anExceptionIsAFailureWithItsTypeAndTrace() {
        var spec = node.python("""
                def deeper(event):
                    raise ValueError("no " + event)
                def handler(event, context):
                    deeper(event)
                """);

        node.call("default_1", spec, "\"good\"");

        String failure = node.value("default_1", PromiseState.REJECTED);
        assertThat(failure)
                .contains("\"reason\":\"FUNCTION_ERROR\"", "\"message\":\"no good\"", "\"errorType\":\"ValueError\"")
                .contains("main.py\\\", line 2, in deeper")
                .doesNotContain("bootstrap.py");
        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
        var result = node.api.results("default_1").getFirst();
        assertThat(result.getState()).isEqualTo(Invocation.State.STATE_FAILED);
        assertThat(result.getDeadLetter()).isTrue();
    }

    @Test
    void aFailureThatMayBeTriedAgainGoesToTheRouterAndKeepsTheLease() {
        var spec = node.python("def handler(event, context):\n    raise ValueError('x')\n");

        node.call(
                "default_1",
                spec,
                "{}",
                assignment -> assignment
                        .setLastAttempt(false)
                        .setLeaseTtl(FakeRouter.proto(Duration.ofMillis(300)))
                        .setLeaseRemaining(FakeRouter.proto(Duration.ofMillis(300))));

        node.awaitState("default_1", STATE_FAILED);
        var failed = node.router.updates("default_1").getLast();
        assertThat(failed.getFailure().getReason()).isEqualTo("FUNCTION_ERROR");
        assertThat(node.resonate.promise("default_1").state()).isEqualTo(PromiseState.PENDING);
        int beats = node.resonate.requests(Request.TaskHeartbeat.class).size();
        await().atMost(Node.PATIENCE)
                .until(() -> node.resonate.requests(Request.TaskHeartbeat.class).size() > beats + 1);
        node.router.release("default_1", 1);
        await().atMost(Node.PATIENCE).until(() -> {
            node.router.cut();
            await().atMost(Node.PATIENCE).until(node.router::attached);
            return node.router.hellos().getLast().getHeldList().isEmpty();
        });
    }

    @Test
    void aFailureThatThePolicyDoesNotRetryIsFinal() {
        var spec = node.python("def handler(event, context):\n    raise ValueError('x')\n").toBuilder();
        spec.getRetryPolicyBuilder().setAttemptCountMax(3).addRetryableReasons("NODE_LOST");

        node.call("default_1", spec.build(), "{}", assignment -> assignment.setLastAttempt(false));

        assertThat(node.value("default_1", PromiseState.REJECTED)).contains("FUNCTION_ERROR");
    }

    @Test
    void whatFailsToLoadSaysWhyInItsOwnWords() {
        var spec = node.python("print('loading')\nimport no_such_module\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("\"reason\":\"START_FAILED\"", "No module named 'no_such_module'", "ModuleNotFoundError");
    }

    @Test
    void aMissingHandlerFailsToStart() {
        var spec = node.python("def other(event, context):\n    pass\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("START_FAILED", "has no attribute 'handler'");
    }

    @Test
    void aProcessThatEndsIsACrashWithItsLastWords() {
        var spec = node.python("""
                import os, sys
                def handler(event, context):
                    print("about to go", file=sys.stderr)
                    os.write(2, b"raw words\\n")
                    if event == "exit":
                        sys.exit(3)
                    os.kill(os.getpid(), 11)
                """);

        node.call("default_1", spec, "\"exit\"");
        node.call("default_2", spec, "\"segv\"");

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("FUNCTION_CRASHED", "ended with exit code 3", "about to go", "raw words");
        assertThat(node.value("default_2", PromiseState.REJECTED)).contains("FUNCTION_CRASHED", "SIGSEGV");
    }

    @Test
    void anAttemptThatRunsTooLongIsKilled() {
        var spec = node.python("import time\ndef handler(event, context):\n    time.sleep(60)\n").toBuilder()
                .setAttemptTimeout(FakeRouter.proto(Duration.ofMillis(300)))
                .build();

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED)).contains("ATTEMPT_TIMEOUT");
        assertThat(node.attempts("ATTEMPT_TIMEOUT")).isEqualTo(1);
    }

    @Test
    void afterTheDeadlineNothingIsSettled() {
        var spec = node.python("import time\ndef handler(event, context):\n    time.sleep(60)\n");

        node.call(
                "default_1",
                spec,
                "{}",
                assignment -> assignment.setDeadlineRemaining(FakeRouter.proto(Duration.ofMillis(800))));

        node.awaitFinished("default_1");
        assertThat(node.resonate.promise("default_1").state()).isEqualTo(PromiseState.PENDING);
        assertThat(node.resonate.requests(Request.TaskFulfill.class)).isEmpty();
    }

    @Test
    void aResultThatIsTooLargeFails() {
        var spec = node.python("def handler(event, context):\n    return 'x' * 400_000\n");

        node.call("default_1", spec, "{}", assignment -> assignment.setLastAttempt(false));

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("OUTPUT_TOO_LARGE", "400002 bytes (expected: at most 393216)");
    }

    @Test
    void aResultThatIsNoJsonFails() {
        var spec = node.python("def handler(event, context):\n    return {1, 2}\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED)).contains("OUTPUT_INVALID", "not JSON serializable");
    }

    @Test
    void aScriptReadsStdinAndItsStdoutIsTheResult() {
        var spec = node.script("import sys\nprint(sys.stdin.read().upper(), end='')\nprint('note', file=sys.stderr)\n");

        node.call("default_1", spec, "{\"a\": 1}");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("{\"A\": 1}");
        assertThat(node.resonate.promise("default_1").value().headers())
                .containsEntry("content-type", "text/plain; charset=utf-8");
        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
        assertThat(node.api.text("default_1", OutputChunk.Stream.STREAM_STDERR)).isEqualTo("note\n");
    }

    @Test
    void aScriptThatFailsShowsItsStderr() {
        var spec = node.script("import sys\nprint('bad input', file=sys.stderr)\nsys.exit(4)\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.REJECTED))
                .contains("FUNCTION_ERROR", "ended with exit code 4", "\"trace\":\"bad input\"");
    }
}
