package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Ports;
import dev.modulate.it.process.Processes;
import dev.modulate.it.process.RunningProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the README tells a newcomer to type, typed, and what it says of the command. */
@Timeout(900)
class ReadmeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int COMMANDS_MIN = 15;
    private static final Path SCRIPT = Repository.ROOT.resolve("modulate");
    private static final Path BUILT = Repository.ROOT.resolve("cli/target/lib/modulate-cli.jar");
    private static final Map<String, String> JAVA = Map.of(
            "MODULATE_JAVA_HOME",
            System.getProperty("java.home"),
            "MODULATE_JAVA_OPTIONS",
            "-XX:TieredStopAtLevel=1 -Xmx256m");

    private static Processes processes;
    private static UpProcess up;

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(Files.exists(BUILT), "skipped: the command is not built (mvnw package -pl cli -am)");
        var folder =
                Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "readme-");
        processes = new Processes(folder.resolve("logs"));
        up = UpProcess.startByScript(SCRIPT, folder, JAVA);
        await("the platform is ready").atMost(PATIENCE).until(up::ready);
        succeed("./modulate deploy hello examples/hello");
        succeed("./modulate invoke hello --id prepared");
    }

    @AfterAll
    static void stop() {
        if (up != null) {
            up.close();
            processes.close();
        }
    }

    @Test
    void everyModulateCommandOfTheReadmeSucceeds() {
        var commands = Document.README.commands("./modulate").stream()
                .filter(line -> !line.startsWith("./modulate up"))
                .toList();
        assertThat(commands).hasSizeGreaterThanOrEqualTo(COMMANDS_MIN);

        commands.forEach(ReadmeIT::succeed);
    }

    @Test
    void theCurlLineOfTheReadmeSucceeds() throws JsonProcessingException {
        assumeTrue(Program.find("curl").isPresent(), "skipped: curl is not on the PATH");
        var commands = Document.README.commands("curl");
        assertThat(commands).isNotEmpty();

        for (String line : commands) {
            assertThat(json(succeed(line)).at("/invocation/state").asText()).isEqualTo("STATE_SUCCEEDED");
        }
    }

    @Test
    void theGrpcurlLineOfTheReadmeSucceeds() throws JsonProcessingException {
        var tools = Grpcurl.folder(processes);
        var commands = Document.README.commands("grpcurl");
        assertThat(commands).isNotEmpty();

        for (String line : commands) {
            assertThat(json(succeed(tools + "/" + line)).at("/invocation/state").asText())
                    .isEqualTo("STATE_SUCCEEDED");
        }
    }

    @Test
    void nothingButTheResultGoesToStandardOutput() {
        assertThat(succeed("./modulate invoke hello --id once --data '{\"name\": \"Ada\"}'"))
                .isEqualTo("{\"greeting\": \"Hello, Ada!\", \"invocation\": \"once\", \"attempt\": 1}\n");
        assertThat(succeed("./modulate invoke hello --id later --async")).isEqualTo("later\n");
    }

    @ParameterizedTest(name = "{0} ends with {1}")
    @CsvSource(delimiter = '|', textBlock = """
            invoke nobody-wrote                                                      | 1 | nobody-wrote
            get no-such-call                                                         | 1 | no-such-call
            drain no-such-node                                                       | 1 | no-such-node
            invoke hello --no-such-option                                            | 2 | --no-such-option
            no-such-command                                                          | 2 | no-such-command
            nodes --output yaml                                                      | 2 | yaml
            deploy Not_A_Name examples/hello                                         | 2 | Not_A_Name
            """)
    void aRefusedCommandEndsWithItsCodeAndSaysWhyOnStandardError(String command, int code, String word) {
        var run = run("./modulate " + command, up.port());

        assertThat(run.await(PATIENCE)).as(run.stderr()).isEqualTo(code);
        assertThat(run.stdout()).isEmpty();
        assertThat(run.stderr()).contains(word);
    }

    @Test
    void aFailedFunctionEndsWithOneAndItsTraceOnStandardError() {
        succeed("./modulate deploy once examples/failing --attempts 1");

        var run = run("./modulate invoke once", up.port());

        assertThat(run.await(PATIENCE)).isEqualTo(1);
        assertThat(run.stdout()).isEmpty();
        assertThat(run.stderr()).contains("FUNCTION_ERROR").contains("app.py");
    }

    @Test
    void noPlatformEndsWithThree() {
        var run = run("./modulate nodes", new Ports(new Random()).next());

        assertThat(run.await(PATIENCE)).as(run.stderr()).isEqualTo(3);
        assertThat(run.stdout()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "functions",
                "versions hello",
                "invocations",
                "invocations --state pending",
                "nodes",
                "explain hello",
                "get prepared"
            })
    void everyListingIsJsonWhenAskedFor(String command) throws JsonProcessingException {
        assertThat(json(succeed("./modulate " + command + " --output json")).isContainerNode())
                .isTrue();
    }

    private static String succeed(String line) {
        var run = run(line, up.port());
        assertThat(run.await(PATIENCE)).as("%s\n%s", line, run.tail()).isZero();
        return run.stdout();
    }

    private static RunningProcess run(String line, int port) {
        var environment = new HashMap<>(JAVA);
        environment.put("MODULATE_ENDPOINT", "http://127.0.0.1:" + port);
        return processes.start(
                "command",
                List.of("sh", "-c", line.replace("127.0.0.1:8080", "127.0.0.1:" + port)),
                Repository.ROOT,
                environment);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return new ObjectMapper().readTree(text);
    }
}
