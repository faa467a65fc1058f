package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.modulate.it.SdkPrograms.Call;
import dev.modulate.it.platform.Mesh;
import dev.modulate.it.platform.Scrape;
import dev.modulate.it.platform.ServiceProcess;
import dev.modulate.it.process.Http;
import dev.modulate.it.process.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs of a Resonate SDK that call each other through our server, over HTTP and server-sent events. */
@Timeout(600)
class SdkWorkersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration SHORT_LEASE = Duration.ofSeconds(10);
    private static final String GROUP = "workers";

    private static Path folder;
    private static Mesh mesh;
    private static ServiceProcess server;
    private static SdkPrograms programs;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "sdk-");
        mesh = new Mesh(folder, new Ports(new Random()));
        server = mesh.resonate();
        programs = new SdkPrograms(folder.resolve("programs"), server.port());
        await("the server is ready").atMost(PATIENCE).until(server::healthy);
        programs.worker("worker-1", GROUP, LEASE);
        programs.worker("worker-2", GROUP, LEASE);
        await("both workers listen").atMost(PATIENCE).until(() -> connections() == 2);
    }

    @AfterAll
    static void stop() {
        if (programs != null) {
            programs.close();
        }
        mesh.close();
    }

    @Test
    void runsAFunctionWithLocalSteps() throws IOException {
        var outcome = programs.outcomes(PATIENCE, new Call("run", "sum", "", "[[1, 2, 3, 4]]"));

        assertThat(outcome).singleElement().hasToString("{\"value\":10}");
        assertThat(promise("run:3")).contains("\"state\":\"resolved\"").contains("\"resonate:scope\":\"local\"");
    }

    @Test
    void callsAFunctionOfAnotherProcess() throws IOException {
        var outcomes = programs.outcomes(
                PATIENCE,
                new Call("rpc", "add", GROUP, "[20, 22]"),
                new Call("rpc-fails", "refuse", GROUP, "[\"not today\"]"));

        assertThat(outcomes.getFirst()).hasToString("{\"value\":42}");
        assertThat(outcomes.getLast().at("/error/name").asText()).isEqualTo("RangeError");
        assertThat(outcomes.getLast().at("/error/message").asText()).isEqualTo("not today");
    }

    @Test
    void theSameIdIsRunOnce() throws IOException {
        var file = folder.resolve("ticks");
        var call = new Call("once", "tick", GROUP, "[\"%s\"]".formatted(file));

        assertThat(programs.outcomes(PATIENCE, call, call)).hasSize(2);
        assertThat(programs.outcomes(PATIENCE, call)).hasSize(1);

        assertThat(file).hasContent("tick\n");
    }

    @Test
    void fansOutOverTheWorkersOfAGroup() throws IOException {
        var outcome = programs.outcomes(PATIENCE, new Call("fan", "fanOut", GROUP, "[40]"));

        assertThat(outcome).singleElement().hasToString("{\"value\":{\"sum\":22140,\"workers\":2}}");
    }

    @Test
    void sleepsAsLongAsItIsTold() throws IOException {
        var outcome = programs.outcomes(PATIENCE, new Call("nap", "nap", GROUP, "[400]"));

        assertThat(outcome.getFirst().get("value").asLong()).isBetween(400L, PATIENCE.toMillis());
    }

    @Test
    void waitsForAPromiseThatSomebodyElseSettles() throws IOException {
        var file = folder.resolve("question");
        var caller = programs.caller(PATIENCE, new Call("ask", "ask", GROUP, "[\"%s\"]".formatted(file)));
        await("the program asks").atMost(PATIENCE).until(() -> Files.exists(file));
        await("its task waits for the answer")
                .atMost(PATIENCE)
                .until(() -> operation("task.get", "{\"id\": \"ask\"}").contains("\"suspended\""));

        var answer = Base64.getEncoder().encodeToString("{\"by\": \"Ada\"}".getBytes(StandardCharsets.UTF_8));
        operation("promise.settle", """
                {"id": "%s", "state": "resolved", "value": {"data": "%s"}}""".formatted(Files.readString(file), answer));

        assertThat(SdkPrograms.outcomes(caller, PATIENCE))
                .singleElement()
                .hasToString("{\"value\":{\"answer\":{\"by\":\"Ada\"}}}");
    }

    @Test
    void anotherWorkerGoesOnWhereAKilledOneStopped() throws IOException {
        var files = Files.createDirectory(folder.resolve("steps"));
        var first = programs.worker("first", "steps", SHORT_LEASE);
        var caller = programs.caller(PATIENCE, new Call("steps", "steps", "steps", "[\"%s\"]".formatted(files)));
        await("the third step has begun")
                .atMost(PATIENCE)
                .until(() -> lines(files.resolve("begun")).equals("1 2 3"));

        first.kill();
        Files.createFile(files.resolve("go"));
        var second = programs.worker("second", "steps", SHORT_LEASE);

        var pids = new ObjectMapper().createArrayNode();
        pids.add(first.pid()).add(first.pid());
        pids.add(second.pid()).add(second.pid()).add(second.pid());
        assertThat(SdkPrograms.outcomes(caller, PATIENCE)
                        .getFirst()
                        .get("value")
                        .toString())
                .isEqualTo(pids.toString());
        assertThat(lines(files.resolve("done"))).isEqualTo("1 2 3 4 5");
        assertThat(lines(files.resolve("begun"))).isEqualTo("1 2 3 3 4 5");
    }

    @Test
    void runsWhenAScheduleSaysSo() throws IOException {
        var file = folder.resolve("beats");

        programs.schedule("beat", "* * * * * *", "tick", GROUP, "[\"%s\"]".formatted(file));
        await("it has run twice").atMost(PATIENCE).until(() -> lines(file).startsWith("tick tick"));
        operation("schedule.delete", "{\"id\": \"beat\"}");

        await("a run is settled")
                .atMost(PATIENCE)
                .until(() -> operation("promise.search", """
                {"tags": {"resonate:schedule": "beat"}, "state": "resolved"}""").contains("\"id\":\"beat-1"));
    }

    private static String lines(Path file) throws IOException {
        return Files.exists(file) ? String.join(" ", Files.readAllLines(file)) : "";
    }

    private static double connections() {
        var page = new Http().get(server.port(), "/metrics").body();
        return Scrape.of(page).sum("modulate_resonate_poll_connections");
    }

    private static String promise(String id) {
        return operation("promise.get", "{\"id\": \"%s\"}".formatted(id));
    }

    private static String operation(String kind, String data) {
        var answer = new Http().post(server.port(), "/", """
                {"kind": "%s", "head": {"corrId": "1", "version": "2026-04-01"}, "data": %s}""".formatted(kind, data));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
