package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.Marks;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.Refusal;
import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.SetAliasRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The id of a call is its idempotency key: one id, one execution, one answer. */
@Timeout(300)
class SameIdIT {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final int CALLERS = 30;

    @TempDir
    static Path folder;

    private static LocalPlatform platform;
    private static PlatformClient client;
    private static Marks marks;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(folder.resolve("data"));
        client = platform.client();
        marks = new Marks(folder.resolve("marks"));
        client.deploy("mark", source("one"));
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void theSecondCallGetsTheAnswerOfTheFirstAndRunsNothing() {
        var first = client.invoke(request("twice", "mark", ""));
        var second = client.invoke(request("twice", "mark", ""));
        var third = client.create(
                PlatformClient.createRequest("twice", "mark", "{}").build());

        assertThat(first.getState()).isEqualTo(State.STATE_SUCCEEDED);
        assertThat(answer(second)).isEqualTo(answer(first)).isEqualTo("\"twice by one\"");
        assertThat(third).isEqualTo(client.get("invocations/twice"));
        assertThat(marks.of("twice")).isEqualTo(1);
    }

    @Test
    void aFailureIsAnAnswerToo() {
        client.deploy("fail", """
                import random

                def handler(event, context):
                    raise ValueError(random.random())
                """);
        var first = client.invoke(request("fails", "fail", ""));
        var second = client.invoke(request("fails", "fail", ""));

        assertThat(first.getState()).isEqualTo(State.STATE_FAILED);
        assertThat(second.getOutcome().getFailure())
                .isEqualTo(first.getOutcome().getFailure());
    }

    @Test
    void callersAtTheSameTimeShareOneExecution() {
        List<CompletableFuture<Invocation>> calls;
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            calls = Stream.generate(() -> CompletableFuture.supplyAsync(
                            () -> client.invoke(request("together", "mark", "")), callers))
                    .limit(CALLERS)
                    .toList();
        }

        assertThat(calls).extracting(call -> answer(call.join())).containsOnly("\"together by one\"");
        assertThat(marks.of("together")).isEqualTo(1);
    }

    @Test
    void theAnswerStaysTheSameAfterItsAliasHasMoved() {
        client.deploy("moving", source("version 1"));
        client.redeploy("moving", source("version 2"));
        point("moving", 1);
        await().atMost(AT_MOST)
                .ignoreExceptions()
                .until(() -> answer(call("moving")).endsWith("by version 1\""));
        var before = client.invoke(request("moved", "moving", "prod"));

        point("moving", 2);
        await().atMost(AT_MOST).until(() -> answer(call("moving")).endsWith("by version 2\""));
        var after = client.invoke(request("moved", "moving", "prod"));

        assertThat(answer(before)).isEqualTo("\"moved by version 1\"");
        assertThat(after.getOutcome()).isEqualTo(before.getOutcome());
        assertThat(after.getVersion()).isEqualTo(1);
        assertThat(marks.of("moved")).isEqualTo(1);
    }

    @Test
    void theAnswerOutlivesItsFunction() {
        client.deploy("short-lived", source("a ghost"));
        var before = client.invoke(request("outlives", "short-lived", ""));
        client.registry()
                .deleteFunction(DeleteFunctionRequest.newBuilder()
                        .setName("functions/short-lived")
                        .build());
        await().atMost(AT_MOST)
                .ignoreException(IllegalStateException.class)
                .until(() -> Refusal.of(() -> call("short-lived")).code() == Status.Code.NOT_FOUND);

        assertThat(client.invoke(request("outlives", "short-lived", "")).getOutcome())
                .isEqualTo(before.getOutcome());
        assertThat(marks.of("outlives")).isEqualTo(1);
    }

    @Test
    void theSameIdWithOtherInputIsRefused() {
        client.invoke(request("taken", "mark", ""));
        var other =
                PlatformClient.invokeRequest("taken", "mark", "{\"other\": 1}").build();
        var otherLater =
                PlatformClient.createRequest("taken", "mark", "{\"other\": 1}").build();

        assertThat(List.of(Refusal.of(() -> client.invoke(other)), Refusal.of(() -> client.create(otherLater))))
                .containsOnly(new Refusal(
                        Status.Code.ALREADY_EXISTS,
                        "invocation_id: \"taken\" belongs to a call with another target or input",
                        "ID_CONFLICT",
                        "",
                        false));
        assertThat(marks.of("taken")).isEqualTo(1);
    }

    private static Invocation call(String function) {
        return client.invoke(request("", function, function.equals("moving") ? "prod" : ""));
    }

    private static InvokeFunctionRequest request(String id, String function, String qualifier) {
        return PlatformClient.invokeRequest(id, function, "{}")
                .setTarget(PlatformClient.target(function, qualifier))
                .build();
    }

    private static void point(String function, long version) {
        client.registry()
                .setAlias(SetAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName("functions/" + function + "/aliases/prod")
                                .addTargets(AliasTarget.newBuilder()
                                        .setVersion(version)
                                        .setWeightPercent(100)))
                        .build());
    }

    private static String source(String name) {
        return """
                def handler(event, context):
                    %s
                    return context.invocation_id + " by %s"
                """.formatted(marks.python("context.invocation_id"), name);
    }

    private static String answer(Invocation invocation) {
        return invocation.getOutcome().getOutput().getData().toStringUtf8();
    }
}
