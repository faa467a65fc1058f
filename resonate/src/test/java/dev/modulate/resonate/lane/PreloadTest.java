package dev.modulate.resonate.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.machine.Dialect;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker that takes a task over gets along with it. */
class PreloadTest {
    private static final int PRELOAD_MAX = 3;
    private static final long TTL = 60_000;

    @TempDir
    Path folder;

    private RocksStore store;
    private PromiseLane lane;

    @BeforeEach
    void open() {
        store = RocksStore.open(folder);
        var rules = new Rules(Dialect.LENIENT, 30_000, Long.MAX_VALUE, PRELOAD_MAX, 1);
        lane = new PromiseLane(new Machine(rules), store, delivery -> {}, InstantSource.system());
        lane.start();
    }

    @AfterEach
    void close() {
        lane.close();
        store.close();
    }

    @Test
    void theFirstPromisesOfTheBranchComeWithTheTaskWhateverTheirState() throws Exception {
        program();

        var taken = ok(new Request.TaskAcquire("job", 1, "other", TTL));

        assertThat(taken.preload()).extracting(Promise::id).containsExactly("job.1", "job.2", "job.4");
        assertThat(taken.preload())
                .extracting(Promise::state)
                .containsExactly(PromiseState.RESOLVED, PromiseState.PENDING, PromiseState.PENDING);
    }

    @Test
    void theyComeAfterARestartTooReadFromTheStore() throws Exception {
        program();
        close();
        open();

        var taken = ok(new Request.TaskAcquire("job", 1, "other", TTL));

        assertThat(taken.preload()).extracting(Promise::id).containsExactly("job.1", "job.2", "job.4");
    }

    @Test
    void aFenceAndASuspensionThatGoesOnBringThemToo() throws Exception {
        ok(new Request.TaskCreate("me", TTL, create("job", Map.of(Tags.TARGET, "poll://any@w", Tags.BRANCH, "job"))));
        ok(new Request.TaskFence("job", 1, create("job.1", Map.of(Tags.BRANCH, "job"))));
        var fenced = ok(new Request.TaskFence("job", 1, settle("job.1")));
        assertThat(fenced.preload()).extracting(Promise::id).containsExactly("job.1");

        var suspended = ok(new Request.TaskSuspend(
                "job", 1, java.util.List.of(new Request.PromiseRegisterCallback("job.1", "job"))));
        assertThat(suspended.promises()).extracting(Promise::state).containsExactly(PromiseState.RESOLVED);
    }

    /** A task with children of its own branch and one of another, given back. */
    private void program() throws Exception {
        ok(new Request.TaskCreate("me", TTL, create("job", Map.of(Tags.TARGET, "poll://any@w", Tags.BRANCH, "job"))));
        ok(new Request.TaskFence("job", 1, create("job.1", Map.of(Tags.BRANCH, "job"))));
        ok(new Request.TaskFence("job", 1, settle("job.1")));
        ok(new Request.TaskFence("job", 1, create("job.2", Map.of(Tags.BRANCH, "job"))));
        ok(new Request.TaskFence("job", 1, create("job.3", Map.of(Tags.TARGET, "poll://any@w", Tags.BRANCH, "job.3"))));
        ok(new Request.TaskFence("job", 1, create("job.4", Map.of(Tags.BRANCH, "job"))));
        ok(new Request.TaskFence("job", 1, create("job.5", Map.of(Tags.BRANCH, "job"))));
        ok(new Request.TaskRelease("job", 1));
    }

    private static PromiseCreate create(String id, Map<String, String> tags) {
        return new PromiseCreate(id, InstantSource.system().millis() + 600_000, Value.EMPTY, tags);
    }

    private static Request.PromiseSettle settle(String id) {
        return new Request.PromiseSettle(id, PromiseState.RESOLVED, new Value(Map.of(), "1"));
    }

    private <A extends Answer> A ok(Request<A> request) throws Exception {
        var reply = lane.submit(request).get(60, TimeUnit.SECONDS);
        assertThat(reply).isInstanceOf(Reply.Ok.class);
        return ((Reply.Ok<A>) reply).answer();
    }
}
