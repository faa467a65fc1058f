package dev.modulate.router.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.router.wire.PromiseRecords;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Promises of SDK programs that target the router: calls of functions. */
class SdkCallTest {
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final Platform platform = new Platform();
    private final Platform.RouterStart router = platform.startRouter("router-1");

    @BeforeEach
    void deploy() {
        platform.deployed.deploy("default/functions/resize", 3, spec -> spec);
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private void create(String id, String json) {
        create(id, json, Map.of());
    }

    private void create(String id, String json, Map<String, String> more) {
        var tags = new HashMap<>(Map.of(
                "resonate:target",
                "poll://any@router-main",
                "resonate:origin",
                PromiseRecords.origin(id),
                "resonate:branch",
                id,
                "resonate:parent",
                id,
                "resonate:scope",
                "global"));
        tags.putAll(more);
        var data = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        platform.resonate.apply(
                new Request.PromiseCreate(id, platform.time.millis() + 60_000, new Value(Map.of(), data), tags));
    }

    private static String call(String func, String args) {
        return "{\"func\":\"%s\",\"args\":%s,\"version\":1}".formatted(func, args);
    }

    private String rejection(String id) {
        var promise = platform.resonate.promise(id);
        assertThat(promise.state()).isEqualTo(PromiseState.REJECTED);
        return new String(Base64.getDecoder().decode("" + promise.value().data()), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            []            | null
            [{"a": 1.50}] | {"a": 1.50}
            [[1, 2]]      | [1, 2]
            [1, "b"]      | [1, "b"]
            """)
    void runsTheFunctionWithItsArgumentsAsTheEvent(String args, String event) {
        var node = platform.executor(router, "n1").attach();

        create("job-1", call("resize", args));

        var assignment = node.assignment("job-1");
        assertThat(assignment.getForeign()).isTrue();
        var record = assignment.getRecord();
        assertThat(record.getInput().getData().toStringUtf8()).isEqualTo(event);
        assertThat(record.getInput().getMediaType()).isEqualTo("application/json");
        assertThat(record.getTenant()).isEqualTo("default");
        assertThat(record.getInvocationId()).isEqualTo("job-1");
        assertThat(record.getTarget().getFunction().getName()).isEqualTo("functions/resize");
        assertThat(record.getVersion()).isEqualTo(3);
        node.finish("job-1");
        assertThat(platform.resonate.promise("job-1").state()).isEqualTo(PromiseState.RESOLVED);
    }

    @Test
    void whoeverAcquiresItLaterRunsTheSameVersion() {
        create("flow:0", call("resize", "[1]"));
        platform.deployed.deploy("default/functions/resize", 4, spec -> spec);
        router.kill();
        var next = platform.startRouter("router-2");
        var node = platform.executor(next, "n1").attach();
        platform.pass(Duration.ofSeconds(12));
        node.report();

        assertThat(node.assigned()).containsExactly("flow:0@2");
        assertThat(node.assignment("flow:0").getRecord().getVersion()).isEqualTo(3);
        assertThat(node.assignment("flow:0").getRecord().getInput().getData().toStringUtf8())
                .isEqualTo("1");
        var pin = platform.resonate.promise("flow:0.pin");
        assertThat(pin.tags()).containsEntry("resonate:origin", "flow").containsEntry("resonate:parent", "flow:0");
        assertThat(platform.resonate.promise("flow:0.1").tags())
                .containsEntry("resonate:origin", "flow")
                .containsEntry("modulate:tenant", "default");
    }

    @Test
    void takesTheTenantOfTheTagAndTheQualifierOfTheName() {
        platform.deployed.deploy("acme/functions/resize", 7, spec -> spec);
        var node = platform.executor(router, "n1").attach();

        create("job-1", call("functions/resize@prod", "[]"), Map.of("modulate:tenant", "acme"));

        assertThat(node.assignment("job-1").getRecord().getTenant()).isEqualTo("acme");
        assertThat(node.assignment("job-1").getRecord().getVersion()).isEqualTo(7);
        assertThat(platform.deployed.asked.getLast().qualifier()).isEqualTo("prod");
    }

    @Test
    void rejectsACallOfAFunctionThatIsNotDeployed() {
        create("job-1", call("unknown", "[]"));
        platform.pass(MOMENT);

        assertThat(rejection("job-1"))
                .isEqualTo(
                        "{\"__type\":\"error\",\"name\":\"FUNCTION_NOT_FOUND\",\"message\":\"functions/unknown not found\","
                                + "\"stack\":\"FUNCTION_NOT_FOUND: functions/unknown not found\"}");
    }

    @Test
    void findsAFunctionThatWasDeployedAMomentAgo() {
        var node = platform.executor(router, "n1").attach();
        create("job-1", call("late", "[]"));
        platform.deployed.deploy("default/functions/late", 1, spec -> spec);
        platform.pass(MOMENT);

        assertThat(node.assigned()).containsExactly("job-1@1");
    }

    @Test
    void waitsForARegistryThatDoesNotAnswerAndKeepsTheLease() {
        var node = platform.executor(router, "n1").attach();
        platform.deployed.setAway(true);
        create("job-1", call("resize", "[]"));
        for (int i = 0; i < 10; i++) {
            platform.pass(Duration.ofSeconds(2));
            node.report();
        }
        assertThat(node.assigned()).isEmpty();
        platform.deployed.setAway(false);
        platform.pass(Duration.ofSeconds(6));

        assertThat(node.assigned()).containsExactly("job-1@1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"args": []}                       | func: missing
            {"func": "resize", "args": 1}      | args: VALUE_NUMBER_INT
            {"func": "resizeImage", "args": []} | resizeImage
            {"func": "resize@@", "args": []}   | resize@@
            ~~                                 | param.data: empty
            """)
    void rejectsWhatItDoesNotUnderstand(String json, String words) {
        create("job-1", json == null ? "" : json);

        assertThat(rejection("job-1")).contains("INVALID_CALL").contains(words);
    }

    @Test
    void rejectsATenantThatIsNone() {
        create("job-1", call("resize", "[]"), Map.of("modulate:tenant", "Not A Tenant"));

        assertThat(rejection("job-1")).contains("INVALID_CALL").contains("Not A Tenant");
    }

    @Test
    void rejectsArgumentsThatAreTooLarge() {
        create("job-1", call("resize", "[\"" + "x".repeat(400_000) + "\"]"));

        assertThat(rejection("job-1")).contains("INPUT_TOO_LARGE").contains("400002 bytes");
    }

    @Test
    void rejectsACallOfAFunctionThatTakesNoJson() {
        platform.deployed.deploy("default/functions/png", 1, spec -> spec.setInputMediaType("image/png"));
        create("job-1", call("png", "[]"));

        assertThat(rejection("job-1")).contains("INVALID_CALL").contains("image/png");
    }

    @Test
    void retriesAsTheFunctionSaysAndEndsWithAnErrorToThrow() {
        platform.deployed.deploy(
                "default/functions/resize",
                1,
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder().setAttemptCountMax(2)));
        var node = platform.executor(router, "n1").attach();
        create("flow:0.1", call("resize", "[]"));
        node.fail("flow:0.1", "FUNCTION_ERROR");
        platform.pass(Duration.ofSeconds(2));
        assertThat(node.assignment("flow:0.1").getTask().getVersion()).isEqualTo(2);
        node.fail("flow:0.1", "FUNCTION_ERROR");
        platform.pass(MOMENT);

        assertThat(rejection("flow:0.1")).contains("\"__type\":\"error\"").contains("\"message\":\"it broke\"");
        assertThat(PromiseRecords.failedAttempt(platform.resonate.promise("flow:0.1.1")))
                .isPresent();
    }

    @Test
    void aRestatedRunThatFailsIsTriedAgainWithThePinnedVersion() {
        platform.deployed.deploy(
                "default/functions/resize",
                1,
                spec -> spec.setRetryPolicy(RetryPolicy.newBuilder().setAttemptCountMax(3)));
        var node = platform.executor(router, "n1").attach();
        create("job-1", call("resize", "[5]"));
        node.run("job-1");
        router.kill();
        platform.deployed.deploy("default/functions/resize", 2, spec -> spec);
        var next = platform.startRouter("router-2");
        node.moveTo(next).attach();

        node.fail("job-1", "FUNCTION_ERROR");
        platform.pass(Duration.ofSeconds(3));

        var again = node.assignment("job-1");
        assertThat(again.getTask().getVersion()).isEqualTo(2);
        assertThat(again.getForeign()).isTrue();
        assertThat(again.getRecord().getVersion()).isEqualTo(1);
        assertThat(again.getRecord().getInput().getData().toStringUtf8()).isEqualTo("5");
    }

    @Test
    void theDeadlineOfThePromiseEndsTheWaitForTheRegistry() {
        platform.deployed.setAway(true);
        create("job-1", call("resize", "[]"));
        platform.pass(Duration.ofSeconds(61));

        assertThat(platform.resonate.promise("job-1").state()).isEqualTo(PromiseState.REJECTED_TIMEDOUT);
        int asked = platform.deployed.asked.size();
        platform.pass(Duration.ofSeconds(20));
        assertThat(platform.deployed.asked).hasSize(asked);
    }
}
