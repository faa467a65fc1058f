package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.OutputChunk.Stream;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.resonate.protocol.PromiseState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputTest {
    @TempDir
    private Path folder;

    private Node node;

    @BeforeEach
    void start() throws IOException {
        RealPython.required();
        node = new Node(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private FunctionSpec prints() {
        return node.python("""
                import os, sys, time, subprocess
                def handler(event, context):
                    print("one")
                    print("two", file=sys.stderr)
                    context.emit("tok")
                    context.emit("en")
                    subprocess.run(["/bin/sh", "-c", "echo three"])
                    while not os.path.exists(event):
                        time.sleep(0.01)
                    print("four")
                    return "done"
                """);
    }

    private String go() {
        return "\"" + folder.resolve("go") + "\"";
    }

    private void letGo() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private void awaitResult(String id) {
        await().atMost(Node.PATIENCE).until(() -> !node.api.results(id).isEmpty());
    }

    private static void assertGapless(Iterable<OutputChunk> chunks) {
        long next = 0;
        for (OutputChunk chunk : chunks) {
            assertThat(chunk.getOffset()).isEqualTo(next);
            next += chunk.getData().size();
        }
    }

    @Test
    void whatAFunctionWritesArrivesWhileItRuns() throws IOException {
        node.call("default_1", prints(), go());

        await().atMost(Node.PATIENCE).untilAsserted(() -> {
            assertThat(node.api.text("default_1", Stream.STREAM_STDOUT)).isEqualTo("one\n");
            // Two ways to one stream: what a child process writes comes through a pipe, the function's own in frames.
            assertThat(node.api.text("default_1", Stream.STREAM_STDERR)).isIn("two\nthree\n", "three\ntwo\n");
            assertThat(node.api.text("default_1", Stream.STREAM_RESULT)).isEqualTo("token");
        });
        assertThat(node.api.results("default_1")).isEmpty();
        letGo();
        awaitResult("default_1");
        assertThat(node.api.text("default_1", Stream.STREAM_STDOUT)).isEqualTo("one\nfour\n");
        assertGapless(node.api.chunks("default_1"));
    }

    @Test
    void whatAGeneratorYieldsIsSentAtOnceAndKeptAsTheResult() {
        var spec = node.python("def handler(event, context):\n    for i in range(3):\n        yield {'i': i}\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("[{\"i\": 0}, {\"i\": 1}, {\"i\": 2}]");
        awaitResult("default_1");
        assertThat(node.api.text("default_1", Stream.STREAM_RESULT)).isEqualTo("{\"i\": 0}\n{\"i\": 1}\n{\"i\": 2}\n");
    }

    @Test
    void aGeneratorMayReturnAResultOfItsOwn() {
        var spec = node.python("def handler(event, context):\n    yield 'a'\n    yield 'b'\n    return 'ab'\n");

        node.call("default_1", spec, "{}");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("\"ab\"");
    }

    @Test
    void outputGoesToItsOwnCall() {
        var spec = node.python("def handler(event, context):\n    print(event)\n");

        node.call("default_1", spec, "\"first\"");
        awaitResult("default_1");
        node.call("default_2", spec, "\"second\"");
        awaitResult("default_2");

        assertThat(node.api.text("default_1", Stream.STREAM_STDOUT)).isEqualTo("first\n");
        assertThat(node.api.text("default_2", Stream.STREAM_STDOUT)).isEqualTo("second\n");
    }

    @Test
    void anApiThatComesLaterGetsTheOutputFromItsOffset() throws IOException {
        node.call("default_1", prints(), go(), Assignment.Builder::clearSinks);
        node.awaitState("default_1", STATE_RUNNING);

        node.router.subscribe("default_1", FakeApi.SINK, 2);

        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(node.api.text("default_1", Stream.STREAM_STDOUT))
                        .isEqualTo("e\n"));
        letGo();
        awaitResult("default_1");
    }

    @Test
    void whatWasNotAcknowledgedIsSentAgain() throws IOException {
        node.api.acknowledging(false);
        node.call("default_1", prints(), go());
        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(node.api.text("default_1", Stream.STREAM_STDOUT))
                        .isEqualTo("one\n"));

        node.api.acknowledging(true);
        node.api.cut("one");

        await().atMost(Node.PATIENCE)
                .untilAsserted(() -> assertThat(node.api.text("default_1", Stream.STREAM_STDOUT))
                        .isEqualTo("one\none\n"));
        letGo();
        awaitResult("default_1");
    }

    @Test
    void whatWasMeantForAnEarlierStartOfTheApiIsDropped() throws IOException {
        node.api.acknowledging(false);
        node.call("default_1", prints(), go());
        await().atMost(Node.PATIENCE).until(() -> !node.api.chunks("default_1").isEmpty());
        node.api.cut("two");
        letGo();

        node.value("default_1", PromiseState.RESOLVED);
        node.awaitFinished("default_1");
        var second = FakeApi.SINK.toBuilder().setIncarnation("two");
        node.call(
                "default_2",
                node.python("def handler(event, context):\n    return 1\n"),
                "{}",
                assignment -> assignment.clearSinks().addSinks(second));
        awaitResult("default_2");

        assertThat(node.api.results("default_1")).isEmpty();
    }

    @Test
    void noMoreIsUnderWayThanTheWindowAllows() {
        node.api.acknowledging(false);
        node.api.window(100_000);
        var spec = node.python(
                "def handler(event, context):\n    for i in range(10):\n        context.emit('x' * 40_000)\n");

        node.call("default_1", spec, "{}");

        node.awaitFinished("default_1");
        assertThat(node.api.chunks("default_1")).hasSize(2);
        assertThat(node.api.results("default_1")).isEmpty();
    }

    @Test
    void aFunctionThatWritesALotIsNotSlowedDownAndKeepsItsNewestOutput() {
        var spec = node.python(
                "def handler(event, context):\n    for i in range(100):\n        context.emit('%02d' % i * 25_000)\n");

        node.call("default_1", spec, "{}", Assignment.Builder::clearSinks);
        node.awaitFinished("default_1");

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("null");
    }
}
