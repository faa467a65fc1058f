package dev.modulate.api.catalogue;

import dev.modulate.observability.link.UnaryAnswer;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.CreateFunctionResponse;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Specs that callers bring along, checked by the registry's own rules as if a function were to be created; its artifact
 * must be there too. What has passed is remembered.
 */
public final class InlineSpecs {
    private static final int PASSED_MAX = 1000;
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String ID_PREFIX = "inline-";
    private static final int ID_DIGEST_CHARS = 40;

    private final RegistryServiceStub registry;
    private final Map<FunctionSpec, Pinned> passed = new ConcurrentHashMap<>();

    public InlineSpecs(RegistryServiceStub registry) {
        this.registry = registry;
    }

    /** The spec when it has passed before. */
    public @Nullable Pinned find(FunctionSpec spec) {
        return passed.get(spec);
    }

    /**
     * Asks the registry. Fails with its status.
     *
     * @param requestSha256 makes a name that no function has
     */
    public CompletableFuture<Pinned> check(FunctionSpec spec, String requestSha256) {
        var answer = new UnaryAnswer<CreateFunctionResponse>();
        registry.withDeadlineAfter(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .createFunction(
                        CreateFunctionRequest.newBuilder()
                                .setFunctionId(ID_PREFIX + requestSha256.substring(0, ID_DIGEST_CHARS))
                                .setFunction(Function.newBuilder().setSpec(spec))
                                .setValidateOnly(true)
                                .build(),
                        answer);
        return answer.future().thenApply(_ -> {
            var pinned = new Pinned(0, spec);
            if (passed.size() >= PASSED_MAX) {
                passed.clear();
            }
            passed.put(spec, pinned);
            return pinned;
        });
    }
}
