package dev.modulate.executor;

import static dev.modulate.executor.v1.AssignmentUpdate.State.STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.resonate.protocol.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseTest {
    private static final Duration TTL = Duration.ofMillis(300);

    @TempDir
    private Path folder;

    private Node node;
    private FunctionSpec waits;

    @BeforeEach
    void start() throws IOException {
        RealPython.required();
        node = new Node(folder.resolve("data"));
        waits = node.python("""
                import os, time
                def handler(event, context):
                    while not os.path.exists(event):
                        time.sleep(0.01)
                    return "done"
                """);
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    private static Assignment.Builder shortLease(Assignment.Builder assignment) {
        return assignment.setLeaseTtl(FakeRouter.proto(TTL)).setLeaseRemaining(FakeRouter.proto(TTL));
    }

    /** Calls a function that returns once {@link #letGo} was called. */
    private void callAndAwaitRunning() {
        node.call("default_1", waits, "\"" + folder.resolve("go") + "\"", LeaseTest::shortLease);
        node.awaitState("default_1", STATE_RUNNING);
    }

    private void letGo() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private int beats() {
        return node.resonate.requests(Request.TaskHeartbeat.class).size();
    }

    @Test
    void aRunningTaskIsRenewedUnderTheOwnersPid() {
        callAndAwaitRunning();

        await().atMost(Node.PATIENCE).until(() -> beats() >= 3);
        assertThat(node.resonate.requests(Request.TaskHeartbeat.class)).allSatisfy(beat -> {
            assertThat(beat.pid()).isEqualTo(Node.PID);
            assertThat(beat.tasks()).containsExactly(new Request.TaskVersion("default_1", 1));
        });
    }

    @Test
    void aLeaseThatWasLostWhileTheServerWasAwayCancelsTheRun() {
        callAndAwaitRunning();
        node.resonate.down(true);
        int before = beats();
        await().atMost(Node.PATIENCE).until(() -> beats() > before);
        node.resonate.takeAway("default_1", "somebody else");

        node.resonate.down(false);

        node.awaitFinished("default_1");
        assertThat(node.attempts("LEASE_LOST")).isEqualTo(1);
        assertThat(node.resonate.requests(Request.TaskFulfill.class)).isEmpty();
    }

    @Test
    void aLeaseThatRanOutButWasTakenByNobodyIsTakenAgainToSettle() throws IOException {
        callAndAwaitRunning();
        node.resonate.expireLease("default_1");

        letGo();

        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("\"done\"");
        node.awaitFinished("default_1");
        assertThat(node.resonate.task("default_1").version()).isEqualTo(2);
        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
    }

    @Test
    void aResultWaitsUntilTheServerIsBack() throws IOException {
        callAndAwaitRunning();
        node.resonate.down(true);

        letGo();

        await().atMost(Node.PATIENCE)
                .until(() -> node.resonate.requests(Request.TaskFulfill.class).size() > 1);
        assertThat(node.api.results("default_1")).isEmpty();
        node.resonate.down(false);
        assertThat(node.value("default_1", PromiseState.RESOLVED)).isEqualTo("\"done\"");
        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
    }

    @Test
    void aFulfilWhoseReplyWasLostCountsAsDone() throws IOException {
        callAndAwaitRunning();
        node.resonate.loseFulfilReplies(1);

        letGo();

        await().atMost(Node.PATIENCE).until(() -> node.api.results("default_1").size() == 1);
        assertThat(node.attempts("SUCCEEDED")).isEqualTo(1);
    }

    @Test
    void aResultOfACallThatSomebodyElseSettledIsDropped() throws IOException {
        callAndAwaitRunning();
        node.resonate.settle("default_1", PromiseState.REJECTED_CANCELED, Value.EMPTY);

        letGo();

        node.awaitFinished("default_1");
        assertThat(node.resonate.promise("default_1").state()).isEqualTo(PromiseState.REJECTED_CANCELED);
        assertThat(node.api.results("default_1")).isEmpty();
    }

    @Test
    void aResultOfATaskThatSomebodyElseOwnsIsDropped() throws IOException {
        callAndAwaitRunning();
        node.resonate.takeAway("default_1", "somebody else");

        letGo();

        node.awaitFinished("default_1");
        assertThat(node.resonate.task("default_1").state()).isEqualTo(TaskState.ACQUIRED);
        assertThat(node.attempts("NOT_OURS")).isEqualTo(1);
    }
}
