package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.Refusal;
import dev.modulate.it.platform.Scrape;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More calls than slots. */
@Timeout(300)
class LoadIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final int SLOTS = 16;
    private static final int CALLS = 200;
    private static final int QUEUE_MAX = 4;

    @TempDir
    Path folder;

    @Test
    void twoHundredCallsShareSixteenSlots() {
        var marks = new Marks(folder.resolve("marks"));
        try (var platform = LocalPlatform.start(
                        folder.resolve("data"), Map.of("executor.slots", "" + SLOTS, "router.queue-max", "" + CALLS));
                var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            var client = platform.client();
            client.deploy("square", """
                    import time

                    def handler(event, context):
                        %s
                        time.sleep(0.1)
                        return event * event
                    """.formatted(marks.python("str(event)")));
            var calls = IntStream.range(0, CALLS)
                    .mapToObj(number -> CompletableFuture.supplyAsync(
                            () -> client.invoke("square", Integer.toString(number)), callers))
                    .toList();
            var peaks = watchUntilDone(platform, calls);

            for (int number = 0; number < CALLS; number++) {
                var invocation = calls.get(number).join();
                assertThat(invocation.getState()).isEqualTo(State.STATE_SUCCEEDED);
                assertThat(output(invocation)).isEqualTo(Integer.toString(number * number));
                assertThat(invocation.getAttempt()).isEqualTo(1);
            }
            assertThat(marks.all()).hasSize(CALLS).doesNotHaveDuplicates();
            assertThat(peaks.queued()).isBetween(1.0, (double) (CALLS - SLOTS));
            assertThat(peaks.busy()).isBetween(1.0, (double) SLOTS);
            assertThat(platform.scrape().sum("modulate_router_queue_depth")).isZero();
        }
    }

    @Test
    void aFullQueueRefusesCallsAndKeepsThoseItTook() throws IOException {
        var settings = Map.of("executor.slots", "1", "router.queue-max", "" + QUEUE_MAX);
        try (var platform = LocalPlatform.start(folder.resolve("data"), settings)) {
            var client = platform.client();
            client.deploy("hold", """
                    import os, time

                    def handler(event, context):
                        while not os.path.exists("%s"):
                            time.sleep(0.01)
                    """.formatted(folder.resolve("go")));
            var names = new ArrayList<String>();
            names.add(client.create("running", "hold", "{}").getName());
            await().atMost(AT_MOST).until(() -> client.get(names.getFirst()).getState() == State.STATE_RUNNING);
            for (int i = 0; i < QUEUE_MAX; i++) {
                names.add(client.create("queued-" + i, "hold", "{}").getName());
            }

            assertThat(Refusal.of(() -> client.create("one-too-many", "hold", "{}")))
                    .isEqualTo(new Refusal(
                            Status.Code.RESOURCE_EXHAUSTED,
                            "router.queue-max: 4 calls wait already",
                            "QUEUE_FULL",
                            "",
                            true));
            Files.createFile(folder.resolve("go"));

            assertThat(names)
                    .allSatisfy(
                            name -> assertThat(client.await(name).getState()).isEqualTo(State.STATE_SUCCEEDED));
            assertThat(client.create("one-too-many", "hold", "{}").getName()).isEqualTo("invocations/one-too-many");
        }
    }

    private record Peaks(double queued, double busy) {
        Peaks with(Scrape scrape) {
            return new Peaks(
                    Math.max(queued, scrape.sum("modulate_router_queue_depth")),
                    Math.max(busy, scrape.sum("modulate_executor_slots", "state=\"busy\"")));
        }
    }

    private static Peaks watchUntilDone(LocalPlatform platform, List<CompletableFuture<Invocation>> calls) {
        var all = CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new));
        var peaks = new Peaks(0, 0);
        while (!all.isDone()) {
            peaks = peaks.with(platform.scrape());
        }
        return peaks;
    }

    private static String output(Invocation invocation) {
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }
}
