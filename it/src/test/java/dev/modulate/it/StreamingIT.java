package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.registry.v1.RetryPolicy;
import io.grpc.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Output that is seen while a function runs. */
@Timeout(300)
class StreamingIT {
    /** Stops half-way until a file exists. */
    private static final String COUNT = """
            import os, time

            def handler(event, context):
                for number in range(event["count"]):
                    if number == event["stop_at"]:
                        while not os.path.exists(event["go"]):
                            time.sleep(0.01)
                    yield f"{number} "
            """;

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(folder.resolve("data"));
        client = platform.client();
        client.deploy("count", COUNT);
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void chunksArriveInOrderWithoutGaps() {
        String name = start("in-order", 500, -1);
        var chunks = chunks(client.watch(name));

        assertThat(text(chunks)).isEqualTo(numbers(500));
        long expected = 0;
        for (var chunk : chunks) {
            assertThat(chunk.getOffset()).isEqualTo(expected);
            assertThat(chunk.getAttempt()).isEqualTo(1);
            assertThat(chunk.getStream()).isEqualTo(OutputChunk.Stream.STREAM_RESULT);
            expected += chunk.getData().size();
        }
    }

    @Test
    void chunksArriveWhileTheFunctionRunsAndAWatchResumesWhereTheLastOneStopped() throws IOException {
        String name = start("resumed", 40, 20);
        var before = readUntil(name, numbers(20));
        long read = before.getLast().getOffset() + before.getLast().getData().size();
        assertThat(client.get(name).getState()).isEqualTo(State.STATE_RUNNING);

        Files.createFile(folder.resolve("resumed"));
        var after = chunks(events(WatchInvocationRequest.newBuilder()
                .setName(name)
                .setAttempt(1)
                .setOutputOffset(read)
                .build()));

        assertThat(text(before) + text(after)).isEqualTo(numbers(40));
        assertThat(after.getFirst().getOffset()).isEqualTo(read);
    }

    @Test
    void theOutputOfAFinishedCallIsReadFromTheMiddle() {
        String name = start("finished", 10, -1);
        client.await(name);

        var events = events(WatchInvocationRequest.newBuilder()
                .setName(name)
                .setAttempt(1)
                .setOutputOffset("0 1 2 ".length())
                .build());

        assertThat(text(chunks(events))).isEqualTo("3 4 5 6 7 8 9 ");
        assertThat(events.getLast().getInvocation().getState()).isEqualTo(State.STATE_SUCCEEDED);
    }

    @Test
    void theOutputOfALaterAttemptVoidsWhatCameBefore() {
        client.deploy(
                "second-time",
                """
                def handler(event, context):
                    yield f"attempt {context.attempt}"
                    if context.attempt < 2:
                        raise RuntimeError("once more")
                """,
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(2)
                        .setInitialBackoff(PlatformClient.duration(Duration.ofMillis(20)))));
        String name = client.create("", "second-time", "{}").getName();
        var last = chunks(client.watch(name)).getLast();

        assertThat(last.getAttempt()).isEqualTo(2);
        assertThat(last.getOffset()).isZero();
        assertThat(last.getData().toStringUtf8()).isEqualTo("attempt 2");
    }

    private static String start(String id, int count, int stopAt) {
        String json = "{\"count\": %d, \"stop_at\": %d, \"go\": \"%s\"}".formatted(count, stopAt, folder.resolve(id));
        return client.create(id, "count", json).getName();
    }

    /** Reads until all of it is there, then hangs up. */
    private static List<OutputChunk> readUntil(String name, String text) {
        var chunks = new ArrayList<OutputChunk>();
        var reading = Context.current().withCancellation();
        reading.run(() -> {
            var events = watch(WatchInvocationRequest.newBuilder().setName(name).build());
            while (!text(chunks).equals(text)) {
                var event = events.next();
                if (event.hasOutput()) {
                    chunks.add(event.getOutput());
                }
            }
        });
        reading.cancel(null);
        return chunks;
    }

    private static List<WatchInvocationResponse> events(WatchInvocationRequest request) {
        var events = new ArrayList<WatchInvocationResponse>();
        watch(request).forEachRemaining(events::add);
        return events;
    }

    private static Iterator<WatchInvocationResponse> watch(WatchInvocationRequest request) {
        return client.invocations().watchInvocation(request);
    }

    private static List<OutputChunk> chunks(List<WatchInvocationResponse> events) {
        return events.stream()
                .filter(WatchInvocationResponse::hasOutput)
                .map(WatchInvocationResponse::getOutput)
                .toList();
    }

    private static String text(List<OutputChunk> chunks) {
        return chunks.stream().map(chunk -> chunk.getData().toStringUtf8()).collect(Collectors.joining());
    }

    private static String numbers(int count) {
        return IntStream.range(0, count).mapToObj(number -> number + " ").collect(Collectors.joining());
    }
}
