package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.modulate.it.SdkPrograms.Call;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.Scrape;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Http;
import dev.modulate.it.process.Processes;
import dev.modulate.observability.link.Stubs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs of a Resonate SDK that call functions of the platform in one process. */
@Timeout(600)
class SdkFunctionsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String FUNCTIONS = "poll://any@router-main";
    private static final String GROUP = "flows";

    private static Path folder;
    private static UpProcess up;
    private static SdkPrograms programs;

    @BeforeAll
    static void start() throws IOException {
        folder = Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "sdk-up-");
        up = UpProcess.start(folder, List.of());
        await("the platform is ready").atMost(PATIENCE).until(up::ready);
        programs = new SdkPrograms(folder.resolve("programs"), up.port());
        try (var stubs = new Stubs()) {
            var client = new PlatformClient(stubs, up.port());
            client.deploy("echo", "def handler(event, context):\n    return {'event': event, 'by': 1}\n");
            client.redeploy("echo", "def handler(event, context):\n    return {'event': event, 'by': 2}\n");
            client.deploy("greet", "def handler(event, context):\n    return 'Hello, ' + event['name']\n");
            client.deploy("fail", "def handler(event, context):\n    raise ValueError(event)\n");
        }
    }

    @AfterAll
    static void stop() {
        if (programs != null) {
            programs.close();
        }
        up.close();
    }

    @Test
    void aFunctionReturnsItsResultToTheProgram() throws IOException {
        var outcomes = programs.outcomes(
                PATIENCE,
                new Call("none", "echo", FUNCTIONS, "[]"),
                new Call("one", "echo", FUNCTIONS, "[{\"pi\": 3.14, \"é\": [\"ü\"]}]"),
                new Call("two", "echo@1", FUNCTIONS, "[1, [2]]"),
                new Call("text", "functions/greet", FUNCTIONS, "[{\"name\": \"Ada\"}]"));

        assertThat(outcomes)
                .map(JsonNode::toString)
                .containsExactly(
                        "{\"value\":{\"event\":null,\"by\":2}}",
                        "{\"value\":{\"event\":{\"pi\":3.14,\"é\":[\"ü\"]},\"by\":2}}",
                        "{\"value\":{\"event\":[1,[2]],\"by\":1}}",
                        "{\"value\":\"Hello, Ada\"}");
    }

    @Test
    void whatGoesWrongIsThrown() throws IOException {
        var outcomes = programs.outcomes(
                PATIENCE,
                new Call("fails", "fail", FUNCTIONS, "[\"too big\"]"),
                new Call("unknown", "nobody-wrote", FUNCTIONS, "[]"),
                new Call("no-alias", "echo@canary", FUNCTIONS, "[]"),
                new Call("invalid", "camelCase", FUNCTIONS, "[]"),
                new Call("no-tenant", "echo", FUNCTIONS, "[]", Map.of("modulate:tenant", "acme")));

        assertThat(outcomes.get(0).at("/error/name").asText()).isEqualTo("FUNCTION_ERROR");
        assertThat(outcomes.get(0).at("/error/message").asText()).isEqualTo("ValueError: too big");
        assertThat(outcomes.get(0).at("/error/stack").asText()).contains("app.py");
        assertThat(outcomes.get(1).at("/error/name").asText()).isEqualTo("FUNCTION_NOT_FOUND");
        assertThat(outcomes.get(1).at("/error/message").asText()).contains("nobody-wrote");
        assertThat(outcomes.get(2).at("/error/name").asText()).isEqualTo("FUNCTION_NOT_FOUND");
        assertThat(outcomes.get(2).at("/error/message").asText()).contains("canary");
        assertThat(outcomes.get(3).at("/error/name").asText()).isEqualTo("INVALID_CALL");
        assertThat(outcomes.get(3).at("/error/message").asText()).contains("camelCase");
        assertThat(outcomes.get(4).at("/error/name").asText()).isEqualTo("FUNCTION_NOT_FOUND");
    }

    @Test
    void aDurableFunctionOfTheProgramCallsFunctionsOfThePlatform() throws IOException {
        programs.worker("worker", GROUP, Duration.ofSeconds(60));
        double before = counted();

        var outcome = programs.outcomes(PATIENCE, new Call("flow", "flow", GROUP, "[[\"Ada\", \"Grace\"]]"));

        assertThat(outcome)
                .singleElement()
                .hasToString("{\"value\":{\"greetings\":[\"Hello, Ada\",\"Hello, Grace\"],"
                        + "\"caught\":\"FUNCTION_ERROR ValueError: by hand\"}}");
        assertThat(counted() - before).isGreaterThanOrEqualTo(3);
    }

    @Test
    void aScheduleOfTheProgramCallsAFunction() {
        programs.schedule("every-second", "* * * * * *", "echo", FUNCTIONS, "[7]");

        await("a tick has its result")
                .atMost(PATIENCE)
                .until(() -> operation("promise.search", """
                        {"tags": {"resonate:schedule": "every-second"}, "state": "resolved"}""").contains("\"state\":\"resolved\""));
        operation("schedule.delete", "{\"id\": \"every-second\"}");
    }

    @Test
    void theCommandsOfTheOperationsPageSucceed() throws IOException {
        assumeTrue(
                Files.exists(Repository.ROOT.resolve("cli/target/lib/modulate-cli.jar")),
                "skipped: the command is not built (mvnw package -pl cli -am)");
        var shell = folder.resolve("shell");
        copy(Repository.ROOT.resolve("examples"), shell.resolve("examples"));
        Files.createSymbolicLink(shell.resolve("modulate"), Repository.ROOT.resolve("modulate"));
        var commands = new Document(Document.OPERATIONS.part("sdk")).commands("./modulate", "npm", "node");
        assertThat(commands).hasSize(3);
        String url = "http://127.0.0.1:" + up.port();
        var environment = Map.of(
                "MODULATE_ENDPOINT",
                url,
                "MODULATE_JAVA_HOME",
                System.getProperty("java.home"),
                "RESONATE_URL",
                url,
                "PATH",
                programs.path());

        try (var processes = new Processes(folder.resolve("logs"))) {
            String said = "";
            for (String line : commands) {
                said = Program.run(processes, List.of("sh", "-c", line), shell, environment, Program.SET_UP)
                        .stdout();
            }

            assertThat(said).endsWith("Hello, Ada!\nHello, Grace!\nHello, Barbara!\n");
        }
    }

    private static String operation(String kind, String data) {
        return new Http().post(up.port(), "/", """
                {"kind": "%s", "head": {"corrId": "1", "version": "2026-04-01"}, "data": %s}""".formatted(kind, data)).body();
    }

    private static double counted() {
        return Scrape.of(new Http().get(up.port(), "/metrics").body()).sum("modulate_router_sdk_calls_total");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.filter(path -> !path.toString().contains("node_modules"))
                    .toList()) {
                Files.createDirectories(to.resolve(from.relativize(file)).getParent());
                if (Files.isRegularFile(file)) {
                    Files.copy(file, to.resolve(from.relativize(file)));
                }
            }
        }
    }
}
