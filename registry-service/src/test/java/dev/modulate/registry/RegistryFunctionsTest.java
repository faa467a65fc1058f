package dev.modulate.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.DeleteAliasRequest;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.ListFunctionVersionsRequest;
import dev.modulate.registry.v1.ListFunctionsRequest;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.registry.v1.SetAliasRequest;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryFunctionsTest {
    private static final FunctionSpec SPEC = RegistryInProcess.spec();

    @TempDir
    private Path data;

    private RegistryInProcess registry;

    @BeforeEach
    void start() {
        registry = new RegistryInProcess(data);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void createsAFunctionAndReturnsItLater() {
        var created = registry.create("resize");
        assertThat(created.getName()).isEqualTo("functions/resize");
        assertThat(created.getTenant()).isEqualTo("default");
        assertThat(created.getVersion()).isEqualTo(1);
        assertThat(created.getCreateTime().getSeconds()).isEqualTo(RegistryInProcess.NOW.getEpochSecond());
        assertThat(get("resize")).isEqualTo(created);
        assertThat(registry.meters.get(Catalogue.FUNCTIONS).gauge().value()).isEqualTo(1);
    }

    @Test
    void keepsFunctionsOverARestart() {
        var created = registry.create("resize");
        registry.close();
        registry = new RegistryInProcess(data);
        assertThat(get("resize")).isEqualTo(created);
        assertThat(registry.meters.get(Catalogue.FUNCTIONS).gauge().value()).isEqualTo(1);
    }

    @Test
    void aTakenNameIsRefused() {
        registry.create("resize");
        assertRefused(() -> registry.create("resize"), Status.Code.ALREADY_EXISTS, "functions/resize exists");
    }

    @Test
    void anUnknownArtifactIsRefusedByItsDigest() {
        assertRefused(
                () -> registry.calls().createFunction(RegistryInProcess.createRequest("resize")),
                Status.Code.FAILED_PRECONDITION,
                SPEC.getArtifactSha256());
    }

    @Test
    void aBrokenSpecIsRefusedByFieldAndValue() {
        assertRefused(
                () -> create("resize", SPEC.toBuilder().setHandler("nodot").build()),
                Status.Code.INVALID_ARGUMENT,
                "function.spec.handler: \"nodot\" (expected: module.function)");
        assertRefused(
                () -> create(
                        "resize",
                        SPEC.toBuilder()
                                .setAttemptTimeout(Duration.newBuilder()
                                        .setSeconds(Long.MIN_VALUE)
                                        .setNanos(-1))
                                .build()),
                Status.Code.INVALID_ARGUMENT,
                "function.spec.attempt_timeout");
        assertRefused(() -> create("Resize", SPEC), Status.Code.INVALID_ARGUMENT, "function_id: \"Resize\"");
    }

    @Test
    void onlyValidatesWhenAskedTo() {
        registry.upload(RegistryInProcess.APP);
        var request = RegistryInProcess.createRequest("resize").toBuilder().setValidateOnly(true);
        var checked = registry.calls().createFunction(request.build());
        assertThat(checked.getFunction().getVersion()).isEqualTo(1);
        assertThat(checked.getFunction().getEtag()).isEmpty();
        assertRefused(() -> get("resize"), Status.Code.NOT_FOUND, "functions/resize");
        assertRefused(
                () -> registry.calls().createFunction(request.setFunctionId("").build()),
                Status.Code.INVALID_ARGUMENT,
                "function_id");
    }

    @Test
    void anotherSpecIsANewVersionAndTheSameIsNot() {
        registry.create("resize");
        var spec = SPEC.toBuilder().setHandler("app.other").build();
        var updated = update(Function.newBuilder().setSpec(spec));
        assertThat(updated.getVersion()).isEqualTo(2);
        assertThat(updated.getSpec().getHandler()).isEqualTo("app.other");

        var again = update(Function.newBuilder().setSpec(spec));
        assertThat(again).isEqualTo(updated);
    }

    @Test
    void aStaleEtagIsRefused() {
        var created = registry.create("resize");
        var changed = SPEC.toBuilder().setHandler("app.other");
        update(Function.newBuilder().setSpec(changed).setEtag(created.getEtag()));
        assertRefused(
                () -> update(Function.newBuilder().setSpec(SPEC).setEtag(created.getEtag())),
                Status.Code.ABORTED,
                "functions/resize has changed");
        assertRefused(
                () -> registry.calls()
                        .deleteFunction(DeleteFunctionRequest.newBuilder()
                                .setName("functions/resize")
                                .setEtag(created.getEtag())
                                .build()),
                Status.Code.ABORTED,
                "functions/resize has changed");
    }

    @Test
    void writesOnlyTheFieldsOfTheMask() {
        registry.create("resize");
        var asked = Function.newBuilder()
                .setSpec(FunctionSpec.newBuilder()
                        .setHandler("app.ignored")
                        .putEnvironment("A", "1")
                        .setScaling(Scaling.newBuilder().setInstanceCountMax(3).setInstanceCountMin(1)));
        var updated = update(asked, "spec.environment", "spec.scaling.instance_count_max");
        assertThat(updated.getSpec()).isEqualTo(get("resize").getSpec()).satisfies(spec -> {
            assertThat(spec.getHandler()).isEqualTo("app.handler");
            assertThat(spec.getEnvironmentMap()).containsExactly(java.util.Map.entry("A", "1"));
            assertThat(spec.getScaling())
                    .isEqualTo(Scaling.newBuilder().setInstanceCountMax(3).build());
        });
        assertRefused(() -> update(asked, "etag"), Status.Code.INVALID_ARGUMENT, "update_mask: \"etag\"");
        assertRefused(() -> update(asked, "spec.nothing"), Status.Code.INVALID_ARGUMENT, "spec.nothing");
    }

    @Test
    void listsFunctionsPageByPage() {
        for (int i = 0; i < 5; i++) {
            registry.create("f" + i);
        }
        var names = new ArrayList<String>();
        String token = "";
        do {
            var page = registry.calls()
                    .listFunctions(ListFunctionsRequest.newBuilder()
                            .setPageSize(2)
                            .setPageToken(token)
                            .build());
            assertThat(page.getFunctionsCount()).isLessThanOrEqualTo(2);
            page.getFunctionsList().forEach(function -> names.add(function.getName()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        assertThat(names)
                .containsExactly("functions/f0", "functions/f1", "functions/f2", "functions/f3", "functions/f4");
    }

    @Test
    void aPageFitsIntoAMessage() {
        registry.upload(RegistryInProcess.APP);
        var large = SPEC.toBuilder().putEnvironment("A", "x".repeat(32_000)).build();
        for (int i = 0; i < 80; i++) {
            create("large-" + i, large);
        }
        var page = registry.calls()
                .listFunctions(
                        ListFunctionsRequest.newBuilder().setPageSize(1_000).build());
        assertThat(page.getSerializedSize()).isBetween(1_900_000, 2_200_000);
        assertThat(page.getNextPageToken()).isNotEmpty();
    }

    @Test
    void pagesHaveABoundAndTokensABelonging() {
        registry.create("resize");
        assertRefused(() -> list(1_001, ""), Status.Code.INVALID_ARGUMENT, "page_size: \"1001\"");
        assertRefused(() -> list(-1, ""), Status.Code.INVALID_ARGUMENT, "page_size: \"-1\"");
        assertRefused(() -> list(1, "???"), Status.Code.INVALID_ARGUMENT, "page_token");
        assertRefused(() -> list(1, "b3RoZXIKYQ"), Status.Code.INVALID_ARGUMENT, "page_token");
    }

    @Test
    void listsVersionsNewestFirst() {
        registry.create("resize");
        update(Function.newBuilder().setSpec(SPEC.toBuilder().setHandler("app.two")));
        update(Function.newBuilder().setSpec(SPEC.toBuilder().setHandler("app.three")));
        var request = ListFunctionVersionsRequest.newBuilder()
                .setParent("functions/resize")
                .setPageSize(2);
        var first = registry.calls().listFunctionVersions(request.build());
        assertThat(first.getVersionsList())
                .extracting(FunctionVersion::getName)
                .containsExactly("functions/resize/versions/3", "functions/resize/versions/2");
        var second = registry.calls()
                .listFunctionVersions(
                        request.setPageToken(first.getNextPageToken()).build());
        assertThat(second.getVersionsList())
                .extracting(FunctionVersion::getVersion)
                .containsExactly(1L);
        assertThat(second.getNextPageToken()).isEmpty();
    }

    @Test
    void resolvesNumbersAliasesAndTheNewest() {
        registry.create("resize");
        update(Function.newBuilder().setSpec(SPEC.toBuilder().setHandler("app.two")));
        setAlias("prod", 1, 100);
        assertThat(resolve("")).isEqualTo(2);
        assertThat(resolve("1")).isEqualTo(1);
        assertThat(resolve("prod")).isEqualTo(1);
        assertRefused(() -> resolve("3"), Status.Code.NOT_FOUND, "functions/resize, version or alias \"3\"");
        assertRefused(() -> resolve("beta"), Status.Code.NOT_FOUND, "\"beta\"");
    }

    @Test
    void setsAndDeletesAliases() {
        registry.create("resize");
        var alias = setAlias("prod", 1, 100);
        assertThat(get("resize").getAliasesList()).containsExactly(alias);
        assertRefused(() -> setAlias("prod", 9, 100), Status.Code.NOT_FOUND, "functions/resize/versions/9");
        assertRefused(() -> setAlias("prod", 1, 99), Status.Code.INVALID_ARGUMENT, "alias.targets: \"99\"");
        assertRefused(() -> setAlias("latest", 1, 100), Status.Code.INVALID_ARGUMENT, "alias.name");
        var delete = DeleteAliasRequest.newBuilder()
                .setName("functions/resize/aliases/prod")
                .build();
        registry.calls().deleteAlias(delete);
        assertThat(get("resize").getAliasesList()).isEmpty();
        assertRefused(
                () -> registry.calls().deleteAlias(delete), Status.Code.NOT_FOUND, "functions/resize/aliases/prod");
    }

    @Test
    void deletesAFunctionAndNeverReusesItsVersions() {
        registry.create("resize");
        var delete =
                DeleteFunctionRequest.newBuilder().setName("functions/resize").build();
        registry.calls().deleteFunction(delete);
        assertRefused(() -> get("resize"), Status.Code.NOT_FOUND, "functions/resize");
        assertRefused(() -> registry.calls().deleteFunction(delete), Status.Code.NOT_FOUND, "functions/resize");
        assertThat(registry.create("resize").getVersion()).isEqualTo(2);
    }

    private Function create(String id, FunctionSpec spec) {
        return registry.calls()
                .createFunction(CreateFunctionRequest.newBuilder()
                        .setFunctionId(id)
                        .setFunction(Function.newBuilder().setSpec(spec))
                        .build())
                .getFunction();
    }

    private Function get(String id) {
        return registry.calls()
                .getFunction(GetFunctionRequest.newBuilder()
                        .setName("functions/" + id)
                        .build())
                .getFunction();
    }

    private Function update(Function.Builder function, String... mask) {
        return registry.calls()
                .updateFunction(UpdateFunctionRequest.newBuilder()
                        .setFunction(function.setName("functions/resize"))
                        .setUpdateMask(FieldMask.newBuilder().addAllPaths(java.util.List.of(mask)))
                        .build())
                .getFunction();
    }

    private void list(int size, String token) {
        registry.calls()
                .listFunctions(ListFunctionsRequest.newBuilder()
                        .setPageSize(size)
                        .setPageToken(token)
                        .build());
    }

    private long resolve(String qualifier) {
        return registry.calls()
                .resolveFunction(ResolveFunctionRequest.newBuilder()
                        .setName("functions/resize")
                        .setQualifier(qualifier)
                        .build())
                .getVersion()
                .getVersion();
    }

    private Alias setAlias(String id, long version, int percent) {
        return registry.calls()
                .setAlias(SetAliasRequest.newBuilder()
                        .setAlias(Alias.newBuilder()
                                .setName("functions/resize/aliases/" + id)
                                .addTargets(AliasTarget.newBuilder()
                                        .setVersion(version)
                                        .setWeightPercent(percent)))
                        .build())
                .getAlias();
    }

    static void assertRefused(ThrowingCallable call, Status.Code code, String... words) {
        assertThatThrownBy(call).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).as(refused.getMessage()).isEqualTo(code);
            assertThat(refused.getMessage()).contains(words);
        });
    }
}
