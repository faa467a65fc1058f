package dev.modulate.registry;

import com.google.protobuf.Message;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Outcome;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.proto.PageToken;
import dev.modulate.registry.proto.RegistryProto;
import dev.modulate.registry.proto.SpecMask;
import dev.modulate.registry.proto.SpecProto;
import dev.modulate.registry.rule.RuleCheck;
import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.CreateFunctionResponse;
import dev.modulate.registry.v1.DeleteAliasRequest;
import dev.modulate.registry.v1.DeleteAliasResponse;
import dev.modulate.registry.v1.DeleteFunctionRequest;
import dev.modulate.registry.v1.DeleteFunctionResponse;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.GetArtifactRequest;
import dev.modulate.registry.v1.GetArtifactResponse;
import dev.modulate.registry.v1.GetFunctionRequest;
import dev.modulate.registry.v1.GetFunctionResponse;
import dev.modulate.registry.v1.ListFunctionVersionsRequest;
import dev.modulate.registry.v1.ListFunctionVersionsResponse;
import dev.modulate.registry.v1.ListFunctionsRequest;
import dev.modulate.registry.v1.ListFunctionsResponse;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import dev.modulate.registry.v1.ResolveFunctionRequest;
import dev.modulate.registry.v1.ResolveFunctionResponse;
import dev.modulate.registry.v1.SetAliasRequest;
import dev.modulate.registry.v1.SetAliasResponse;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import dev.modulate.registry.v1.UpdateFunctionResponse;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import dev.modulate.registry.v1.WatchFunctionsRequest;
import dev.modulate.registry.v1.WatchFunctionsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The contract's side of the registry. Returns at once: the catalogue's calls go to its lane, transfers to their threads. */
final class RegistryGrpc extends RegistryServiceGrpc.RegistryServiceImplBase {
    /** A page ends early here, so that it fits into a message. */
    private static final int PAGE_BYTES_MAX = 2 * 1024 * 1024;

    private static final String FUNCTIONS = "functions";

    private final Catalogue catalogue;
    private final CatalogueLane lane;
    private final FunctionWatches watches;
    private final Transfers transfers;
    private final RuleCheck rules = new RuleCheck();

    RegistryGrpc(Catalogue catalogue, CatalogueLane lane, FunctionWatches watches, Transfers transfers) {
        this.catalogue = catalogue;
        this.lane = lane;
        this.watches = watches;
        this.transfers = transfers;
    }

    @Override
    public void createFunction(CreateFunctionRequest request, StreamObserver<CreateFunctionResponse> responses) {
        lane.answer(responses, () -> {
            var name = RegistryProto.functionNameOfId("function_id", request.getFunctionId());
            var spec = SpecProto.read(request.getFunction().getSpec());
            rules.require(spec);
            var outcome = catalogue.create(name, spec, intent(request.getValidateOnly()));
            return CreateFunctionResponse.newBuilder()
                    .setFunction(function(outcome, request.getValidateOnly()))
                    .setRevision(catalogue.revision())
                    .build();
        });
    }

    @Override
    public void getFunction(GetFunctionRequest request, StreamObserver<GetFunctionResponse> responses) {
        lane.answer(
                responses,
                () -> GetFunctionResponse.newBuilder()
                        .setFunction(RegistryProto.function(existing("name", request.getName())))
                        .build());
    }

    @Override
    public void listFunctions(ListFunctionsRequest request, StreamObserver<ListFunctionsResponse> responses) {
        lane.answer(responses, () -> {
            int size = PageToken.pageSize(request.getPageSize());
            String after = PageToken.read(FUNCTIONS, request.getPageToken());
            var functions = catalogue.functions(RegistryProto.TENANT, after, size + 1);
            var page = pageOf(functions.stream().map(RegistryProto::function).toList(), size);
            var response = ListFunctionsResponse.newBuilder().addAllFunctions(page);
            if (page.size() < functions.size()) {
                String last = functions.get(page.size() - 1).name().id();
                response.setNextPageToken(PageToken.after(FUNCTIONS, last));
            }
            return response.build();
        });
    }

    @Override
    public void updateFunction(UpdateFunctionRequest request, StreamObserver<UpdateFunctionResponse> responses) {
        lane.answer(responses, () -> {
            var asked = request.getFunction();
            var name = RegistryProto.functionName("function.name", asked.getName());
            var mask = SpecMask.check(request.getUpdateMask());
            var outcome = catalogue.update(
                    name,
                    asked.getEtag(),
                    stored -> required(SpecMask.apply(mask, stored, asked)),
                    intent(request.getValidateOnly()));
            return UpdateFunctionResponse.newBuilder()
                    .setFunction(function(outcome, request.getValidateOnly()))
                    .setRevision(catalogue.revision())
                    .build();
        });
    }

    @Override
    public void deleteFunction(DeleteFunctionRequest request, StreamObserver<DeleteFunctionResponse> responses) {
        lane.answer(responses, () -> {
            var name = RegistryProto.functionName("name", request.getName());
            refuse(catalogue.delete(name, request.getEtag()));
            return DeleteFunctionResponse.newBuilder()
                    .setRevision(catalogue.revision())
                    .build();
        });
    }

    @Override
    public void listFunctionVersions(
            ListFunctionVersionsRequest request, StreamObserver<ListFunctionVersionsResponse> responses) {
        lane.answer(responses, () -> {
            int size = PageToken.pageSize(request.getPageSize());
            var name = existing("parent", request.getParent()).name();
            long below = PageToken.readNumber(name.resource(), request.getPageToken());
            var versions = catalogue.versions(name, below, size + 1);
            var page = pageOf(versions.stream().map(RegistryProto::version).toList(), size);
            var response = ListFunctionVersionsResponse.newBuilder().addAllVersions(page);
            if (page.size() < versions.size()) {
                long last = versions.get(page.size() - 1).number();
                response.setNextPageToken(PageToken.after(name.resource(), Long.toString(last)));
            }
            return response.build();
        });
    }

    @Override
    public void resolveFunction(ResolveFunctionRequest request, StreamObserver<ResolveFunctionResponse> responses) {
        lane.answer(responses, () -> {
            var function = existing("name", request.getName());
            CatalogVersion version = catalogue
                    .resolve(function, request.getQualifier(), request.getKey())
                    .orElseThrow(() -> GrpcErrors.notFound(
                            function.name().resource() + ", version or alias \"" + request.getQualifier() + "\","));
            return ResolveFunctionResponse.newBuilder()
                    .setVersion(RegistryProto.version(version))
                    .build();
        });
    }

    @Override
    public void setAlias(SetAliasRequest request, StreamObserver<SetAliasResponse> responses) {
        lane.answer(responses, () -> {
            var name = RegistryProto.aliasName("alias.name", request.getAlias().getName());
            var alias = RegistryProto.alias(name, request.getAlias());
            refuse(catalogue.setAlias(name.function(), alias));
            Alias stored = RegistryProto.alias(name.function(), alias);
            return SetAliasResponse.newBuilder()
                    .setAlias(stored)
                    .setRevision(catalogue.revision())
                    .build();
        });
    }

    @Override
    public void deleteAlias(DeleteAliasRequest request, StreamObserver<DeleteAliasResponse> responses) {
        lane.answer(responses, () -> {
            var name = RegistryProto.aliasName("name", request.getName());
            refuse(catalogue.deleteAlias(name.function(), name.id()));
            return DeleteAliasResponse.newBuilder()
                    .setRevision(catalogue.revision())
                    .build();
        });
    }

    @Override
    public void getArtifact(GetArtifactRequest request, StreamObserver<GetArtifactResponse> responses) {
        lane.answer(responses, () -> {
            String sha256 = RegistryProto.digest("sha256", request.getSha256());
            var artifact = catalogue.artifact(sha256).orElseThrow(() -> GrpcErrors.notFound("artifact " + sha256));
            return GetArtifactResponse.newBuilder()
                    .setArtifact(RegistryProto.artifact(artifact))
                    .build();
        });
    }

    @Override
    public StreamObserver<UploadArtifactRequest> uploadArtifact(StreamObserver<UploadArtifactResponse> responses) {
        return transfers.upload((ServerCallStreamObserver<UploadArtifactResponse>) responses);
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> responses) {
        transfers.download(request, (ServerCallStreamObserver<DownloadArtifactResponse>) responses);
    }

    @Override
    public void watchFunctions(WatchFunctionsRequest request, StreamObserver<WatchFunctionsResponse> responses) {
        if (request.getSinceRevision() < 0) {
            responses.onError(GrpcErrors.invalid("since_revision", request.getSinceRevision(), "0 or more"));
            return;
        }
        watches.watch(request.getSinceRevision(), (ServerCallStreamObserver<WatchFunctionsResponse>) responses);
    }

    private CatalogFunction existing(String field, String resource) {
        FunctionName name = RegistryProto.functionName(field, resource);
        return catalogue.function(name).orElseThrow(() -> GrpcErrors.notFound(resource));
    }

    private Spec required(Spec spec) {
        rules.require(spec);
        return spec;
    }

    private static Catalogue.Intent intent(boolean validateOnly) {
        return validateOnly ? Catalogue.Intent.VALIDATE : Catalogue.Intent.WRITE;
    }

    private static void refuse(Outcome outcome) {
        if (outcome instanceof Outcome.Refused(var refusal)) {
            throw RegistryProto.status(refusal);
        }
    }

    private static Function function(Outcome outcome, boolean validateOnly) {
        return switch (outcome) {
            case Outcome.Written written -> {
                var function = RegistryProto.function(written.function());
                yield validateOnly ? function.toBuilder().clearEtag().build() : function;
            }
            case Outcome.Unchanged(var function) -> RegistryProto.function(function);
            case Outcome.Refused(var refusal) -> throw RegistryProto.status(refusal);
            case Outcome.Removed removed -> throw new IllegalStateException("not asked for: " + removed);
        };
    }

    /** The first items, as many as a page may hold and at least one. */
    private static <M extends Message> List<M> pageOf(List<M> items, int size) {
        int count = 0;
        long bytes = 0;
        for (M item : items) {
            bytes += item.getSerializedSize();
            if (count == size || (count > 0 && bytes > PAGE_BYTES_MAX)) {
                break;
            }
            count++;
        }
        return items.subList(0, count);
    }
}
