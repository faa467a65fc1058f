package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.modulate.cli.up.UpSettings;
import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.Invocation.State;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.Payload;
import dev.modulate.it.platform.Artifact;
import dev.modulate.it.platform.LocalPlatform;
import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.Refusal;
import dev.modulate.observability.settings.SettingsException;
import dev.modulate.observability.settings.SettingsSource;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import io.grpc.Status.Code;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes of callers: each is told by name, value and rule. */
@Timeout(300)
class BadInputIT {
    private static final int INPUT_BYTES_MAX = 384 * 1024;
    private static final String ECHO = "def handler(event, context):\n    return event\n";

    @TempDir
    static Path data;

    private static LocalPlatform platform;
    private static PlatformClient client;

    @BeforeAll
    static void start() {
        platform = LocalPlatform.start(data);
        client = platform.client();
        client.deploy("echo", ECHO);
        client.deploy("json-only", ECHO, spec -> spec.setInputMediaType("application/json"));
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void aFunctionThatDoesNotExist() {
        var refusal = refused(PlatformClient.invokeRequest("", "nobody", "{}"));

        assertThat(refusal)
                .isEqualTo(new Refusal(Code.NOT_FOUND, "functions/nobody does not exist", "NOT_FOUND", "", false));
    }

    @Test
    void aVersionThatDoesNotExist() {
        var refusal =
                refused(PlatformClient.invokeRequest("", "echo", "{}").setTarget(PlatformClient.target("echo", "7")));

        assertThat(refusal.code()).isEqualTo(Code.NOT_FOUND);
        assertThat(refusal.message()).isEqualTo("functions/echo has no version or alias \"7\"");
    }

    @Test
    void aFunctionNameOutsideTheGrammar() {
        isInvalid(
                refused(PlatformClient.invokeRequest("", "No Such Name", "{}")),
                "target.function.name",
                "target.function.name: \"functions/No Such Name\" (expected: functions/[a-z][a-z0-9-]{0,62})");
    }

    @Test
    void aCallWithoutATarget() {
        isInvalid(
                Refusal.of(() -> client.invoke(InvokeFunctionRequest.getDefaultInstance())),
                "target",
                "target: \"\" (expected: function or inline)");
    }

    @Test
    void anArtifactThatIsNoZip() {
        var text = new Artifact(ByteString.copyFromUtf8("print('hi')\n"), ArtifactFormat.ARTIFACT_FORMAT_ZIP);

        var refusal = Refusal.of(() -> client.upload(text));

        assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(refusal.field()).isEqualTo("data");
        assertThat(refusal.message()).startsWith("data: \"").endsWith("(expected: a readable zip archive)");
    }

    @Test
    void anArtifactWithAnotherDigestThanAnnounced() {
        var artifact = Artifact.zip(Map.of("app.py", ECHO));
        var announced = artifact.info().toBuilder().setSha256("0".repeat(64)).build();

        var refusal = Refusal.of(() -> client.upload(announced, artifact.bytes()));

        assertThat(refusal.code()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(refusal.message()).contains("0".repeat(64), artifact.sha256());
    }

    @Test
    void aFunctionWhoseArtifactWasNeverUploaded() {
        var refusal = Refusal.of(() -> client.registry()
                .createFunction(CreateFunctionRequest.newBuilder()
                        .setFunctionId("no-artifact")
                        .setFunction(Function.newBuilder()
                                .setSpec(PlatformClient.spec("1".repeat(64), UnaryOperator.identity())))
                        .build()));

        assertThat(refusal.message()).contains("1".repeat(64));
        assertThat(refusal.code()).isEqualTo(Code.FAILED_PRECONDITION);
    }

    @Test
    void aHandlerThatTheModuleDoesNotHave() {
        var failure = failureOf("no-handler", "def other(event, context):\n    pass\n", spec -> spec);

        assertThat(failure.getReason()).isEqualTo("START_FAILED");
        assertThat(failure.getErrorType()).isEqualTo("AttributeError");
        assertThat(failure.getMessage()).isEqualTo("module 'app' has no attribute 'handler'");
    }

    @Test
    void aModuleThatTheArtifactDoesNotHave() {
        var failure = failureOf("no-module", ECHO, spec -> spec.setHandler("elsewhere.handler"));

        assertThat(failure.getReason()).isEqualTo("START_FAILED");
        assertThat(failure.getErrorType()).isEqualTo("ModuleNotFoundError");
        assertThat(failure.getMessage()).isEqualTo("No module named 'elsewhere'");
    }

    @Test
    void aModuleThatIsNotPython() {
        var failure = failureOf("no-python", "def handler(event, context)\n    return 1\n", spec -> spec);

        assertThat(failure.getReason()).isEqualTo("START_FAILED");
        assertThat(failure.getErrorType()).isEqualTo("SyntaxError");
        assertThat(failure.getTrace()).contains("app.py\", line 1", "def handler(event, context)");
    }

    @Test
    void anInputThatIsTooLarge() {
        isInvalid(
                refused(withInput("echo", "application/octet-stream", "x".repeat(INPUT_BYTES_MAX + 1))),
                "input.data",
                "input.data: \"393217 bytes\" (expected: at most 393216)");

        var largest = withInput("echo", "application/octet-stream", "x".repeat(INPUT_BYTES_MAX));
        assertThat(client.invoke(largest.build()).getState()).isEqualTo(State.STATE_SUCCEEDED);
    }

    @Test
    void jsonThatIsNone() {
        isInvalid(
                refused(withInput("echo", "application/json", "{\"name\": }")),
                "input.data",
                "input.data: \"malformed at byte 9\" (expected: JSON in UTF-8, as application/json says)");
    }

    @Test
    void anInputOfAnotherTypeThanTheFunctionDeclares() {
        isInvalid(
                refused(withInput("json-only", "text/plain", "hello")),
                "input.media_type",
                "input.media_type: \"text/plain\" (expected: application/json, which the function declares)");
    }

    @Test
    void anIdOutsideTheGrammar() {
        isInvalid(
                refused(PlatformClient.invokeRequest("not an id", "echo", "{}")),
                "invocation_id",
                "invocation_id: \"not an id\" (expected: [A-Za-z0-9_-]{1,128})");
    }

    @Test
    void aNegativeTimeToLive() {
        var ttl = com.google.protobuf.Duration.newBuilder().setSeconds(-3);
        CreateInvocationRequest request =
                PlatformClient.createRequest("", "echo", "{}").setTtl(ttl).build();

        isInvalid(
                Refusal.of(() -> client.create(request)),
                "ttl",
                "ttl: \"-3 s\" (expected: more than 0 s and at most 2592000 s (30 days))");
    }

    @Test
    void anInvocationThatDoesNotExist() {
        var refusal = Refusal.of(() -> client.get("invocations/nobody"));

        assertThat(refusal)
                .isEqualTo(new Refusal(Code.NOT_FOUND, "invocations/nobody does not exist", "NOT_FOUND", "", false));
    }

    @Test
    void aSettingThatDoesNotExistAndOneOutOfRange() {
        var source = SettingsSource.of(Map.of("api.prot", "80", "executor.slots", "0"));

        assertThatThrownBy(() -> UpSettings.read(source))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("api.prot: unknown setting")
                .hasMessageContaining("api.port")
                .hasMessageContaining("executor.slots: \"0\" (expected: a whole number from 1 to 4096)");
    }

    private static Failure failureOf(String id, String source, UnaryOperator<FunctionSpec.Builder> more) {
        client.deploy(id, source, more);
        var invocation = client.invoke(id, "{}");
        assertThat(invocation.getState()).isEqualTo(State.STATE_FAILED);
        return invocation.getOutcome().getFailure();
    }

    private static InvokeFunctionRequest.Builder withInput(String function, String mediaType, String data) {
        return PlatformClient.invokeRequest("", function, "")
                .setInput(Payload.newBuilder().setMediaType(mediaType).setData(ByteString.copyFromUtf8(data)));
    }

    private static Refusal refused(InvokeFunctionRequest.Builder request) {
        return Refusal.of(() -> client.invoke(request.build()));
    }

    private static void isInvalid(Refusal refusal, String field, String words) {
        assertThat(refusal).isEqualTo(new Refusal(Code.INVALID_ARGUMENT, words, "", field, false));
    }
}
