package dev.modulate.resonate.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.resonate.server.ResonateSettings;
import dev.modulate.resonate.v1.ResonateServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every operation over gRPC answers what it answers in JSON. */
class GrpcOperationsTest {
    private static final int OPERATIONS = 1_500;

    private static final Map<String, MethodDescriptor<?, ?>> METHODS =
            ResonateServiceGrpc.getServiceDescriptor().getMethods().stream()
                    .filter(method -> method.getType() == MethodDescriptor.MethodType.UNARY)
                    .collect(Collectors.toMap(method -> "" + method.getBareMethodName(), Function.identity()));

    @TempDir
    Path folder;

    private final long seed = Long.getLong("grpc.seed", 20_261_126L);
    private ResonateServer server;
    private ServerShell shell;
    private Channel channel;

    @BeforeEach
    void start() {
        var local = ResonateSettings.local(folder, Duration.ofSeconds(30));
        var settings = new ResonateSettings(
                local.host(),
                local.port(),
                local.store(),
                LiveServerTest.RULES,
                true,
                local.listeners(),
                local.push(),
                local.auth());
        var meters = Meters.ofProcess();
        server = new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
        shell = new ServerShell("resonate", "127.0.0.1", 0, meters, server.services(), server::mount);
        server.start();
        shell.start();
        channel = GrpcClients.newClient(
                        "gproto+http://127.0.0.1:" + shell.port() + "/",
                        ResonateServiceGrpc.ResonateServiceBlockingStub.class)
                .getChannel();
    }

    @AfterEach
    void stop() {
        server.close();
        shell.close();
    }

    @Test
    void everyOperationAnswersWhatItAnswersInJson() throws IOException {
        var called = new TreeSet<String>();
        try (var ours = new OurServer(LiveServerTest.RULES)) {
            int number = 0;
            for (String line : Operations.random(seed, OPERATIONS, LiveServerTest.RULES)) {
                var expected = ours.ask(line);
                var envelope = (ObjectNode) OurServer.JSON.readTree(line);
                String kind = envelope.path("kind").asText();
                var actual = call(kind, envelope);
                called.add(method(kind));
                String shown = "seed " + seed + " operation " + number++ + ": " + line;
                assertThat(actual.at("/head/status").intValue()).as(shown).isEqualTo(expected.status());
                assertThat(actual.at("/head/corrId").asText()).as(shown).isEqualTo("c");
                assertThat(result(actual)).as(shown).isEqualTo(result(kind, expected));
            }
        }
        assertThat(called).isEqualTo(new TreeSet<>(METHODS.keySet()));
    }

    private static JsonNode result(JsonNode response) {
        var data = response.has("redirect") ? response.get("redirect") : response.path("data");
        return response.has("error") ? response.get("error") : data;
    }

    private static JsonNode result(String kind, OurServer.Answer answer) throws IOException {
        return answer.refused() ? answer.data() : normal(GrpcForm.reply(kind, answer.status(), answer.data()));
    }

    @SuppressWarnings("unchecked") // Methods of one service, whose messages are all messages.
    private JsonNode call(String kind, ObjectNode envelope) throws IOException {
        var method = (MethodDescriptor<Message, Message>) descriptor(kind);
        var response = ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request(kind, envelope));
        return normal(GrpcForm.json(response));
    }

    private static Message request(String kind, ObjectNode envelope) {
        var marshaller =
                (MethodDescriptor.PrototypeMarshaller<?>) descriptor(kind).getRequestMarshaller();
        var request = ((Message) Objects.requireNonNull(marshaller.getMessagePrototype(), kind)).newBuilderForType();
        var head = (ObjectNode) envelope.get("head");
        head.set("debugTime", head.get("resonate:debug_time"));
        GrpcForm.request(kind, (ObjectNode) envelope.get("data"));
        GrpcForm.fill(request, envelope);
        return request.build();
    }

    /** Numbers and absent headers as they are after the wire. */
    private static JsonNode normal(JsonNode node) throws IOException {
        var copy = OurServer.JSON.readTree(OurServer.JSON.writeValueAsBytes(node));
        GrpcForm.withoutEmptyHeaders(copy);
        return copy;
    }

    private static MethodDescriptor<?, ?> descriptor(String kind) {
        return Objects.requireNonNull(METHODS.get(method(kind)), kind);
    }

    /** promise.register_callback is PromiseRegisterCallback. */
    private static String method(String kind) {
        var name = new StringBuilder();
        for (String word : kind.split("[._]", -1)) {
            name.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
        }
        return name.toString();
    }
}
