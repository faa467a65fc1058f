package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_ACCEPTED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_FINISHED;
import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.resonate.protocol.PromiseState;
import java.io.IOException;
import java.nio.file.Path;
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
}
