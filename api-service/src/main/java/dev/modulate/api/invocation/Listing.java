package dev.modulate.api.invocation;

import dev.modulate.api.admission.Names;
import dev.modulate.api.promise.InvocationProto;
import dev.modulate.api.promise.PromiseTags;
import dev.modulate.api.promise.Promises;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.ListInvocationsRequest;
import dev.modulate.invocation.v1.ListInvocationsResponse;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.PromiseState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Pages of invocations, out of searches. */
final class Listing {
    private static final int PAGE_SIZE_DEFAULT = 100;
    private static final int PAGE_SIZE_MAX = 1000;

    /** Searches made for one page of dead letters, which no tag tells from other failures. */
    private static final int SEARCHES_MAX = 10;

    private final String tenant;
    private final Promises promises;
    private final Reading reading;

    Listing(String tenant, Promises promises, Reading reading) {
        this.tenant = tenant;
        this.promises = promises;
        this.reading = reading;
    }

    private record Query(
            @Nullable PromiseState state, Map<String, String> tags, int pageSize, boolean deadLettersOnly) {}

    /** @throws io.grpc.StatusRuntimeException when the request breaks a rule */
    CompletableFuture<ListInvocationsResponse> list(ListInvocationsRequest request) {
        int size = request.getPageSize();
        if (size < 0 || size > PAGE_SIZE_MAX) {
            throw GrpcErrors.invalid("page_size", size, "0 to " + PAGE_SIZE_MAX);
        }
        var state = InvocationProto.promiseState(request.getState());
        if (request.getState() == Invocation.State.UNRECOGNIZED) {
            throw GrpcErrors.invalid("state", request.getStateValue(), "a known state");
        }
        if (request.getDeadLettersOnly()) {
            if (state != null && state != PromiseState.REJECTED) {
                return CompletableFuture.completedFuture(ListInvocationsResponse.getDefaultInstance());
            }
            state = PromiseState.REJECTED;
        }
        var query = new Query(
                state, tags(request.getFunction()), size == 0 ? PAGE_SIZE_DEFAULT : size, request.getDeadLettersOnly());
        return search(query, new ArrayList<>(), cursor(request.getPageToken()), SEARCHES_MAX);
    }

    private Map<String, String> tags(String function) {
        var tags = new HashMap<String, String>();
        tags.put(PromiseTags.KIND, PromiseTags.KIND_INVOCATION);
        tags.put(PromiseTags.TENANT, tenant);
        if (!function.isEmpty()) {
            String id = Names.functionId(function);
            if (id == null) {
                throw GrpcErrors.invalid("function", function, Names.FUNCTION_NAME_RULE);
            }
            tags.put(PromiseTags.FUNCTION, id);
        }
        return tags;
    }

    private CompletableFuture<ListInvocationsResponse> search(
            Query query, List<Invocation> found, @Nullable String cursor, int searchesLeft) {
        return promises.search(query.state, query.tags, query.pageSize - found.size(), cursor)
                .thenCompose(page -> {
                    page.promises().stream()
                            .map(reading::listed)
                            .filter(invocation -> !query.deadLettersOnly || invocation.getDeadLetter())
                            .forEach(found::add);
                    String next = page.cursor();
                    if (next == null || found.size() >= query.pageSize || searchesLeft <= 1) {
                        return CompletableFuture.completedFuture(response(found, next));
                    }
                    return query.deadLettersOnly
                            ? search(query, found, next, searchesLeft - 1)
                            : CompletableFuture.completedFuture(response(found, next));
                });
    }

    private static ListInvocationsResponse response(List<Invocation> found, @Nullable String cursor) {
        return ListInvocationsResponse.newBuilder()
                .addAllInvocations(found)
                .setNextPageToken(cursor == null ? "" : token(cursor))
                .build();
    }

    private static String token(String cursor) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String cursor(String token) {
        if (token.isEmpty()) {
            return null;
        }
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw GrpcErrors.invalid("page_token", token, "next_page_token of an earlier answer");
        }
    }
}
