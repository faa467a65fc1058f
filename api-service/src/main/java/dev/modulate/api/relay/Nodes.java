package dev.modulate.api.relay;

import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.router.v1.ExplainPlacementResponse;
import dev.modulate.router.v1.ExplainPlacementResponse.Candidate;
import dev.modulate.router.v1.ExplainPlacementResponse.PinnedCopies;
import dev.modulate.router.v1.ListNodesRequest;
import dev.modulate.router.v1.ListNodesResponse;
import dev.modulate.router.v1.Node;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Makes one answer of what several routers say of nodes. */
final class Nodes {
    static final int PAGE_SIZE_MAX = 1000;

    private static final int PAGE_SIZE_DEFAULT = 100;

    /** An attached node is better known than a detached one; the newest stream wins. */
    private static final Comparator<Node> BEST = Comparator.<Node>comparingInt(
                    node -> node.getState() == Node.State.STATE_DETACHED ? 0 : 1)
            .thenComparing(node -> Instant.ofEpochSecond(
                    node.getAttachTime().getSeconds(), node.getAttachTime().getNanos()));

    private static final Comparator<Candidate> BY_FIT = Comparator.<Candidate>comparingInt(
                    candidate -> candidate.getFeasible() ? 0 : 1)
            .thenComparingDouble(Candidate::getScore)
            .thenComparing(Candidate::getNode);

    private Nodes() {}

    /** @param after name of the last node of the page before, or empty */
    record Page(int size, String after) {}

    static Page page(ListNodesRequest request) {
        int size = request.getPageSize();
        if (size < 0 || size > PAGE_SIZE_MAX) {
            throw GrpcErrors.invalid("page_size", size, "0 to " + PAGE_SIZE_MAX);
        }
        try {
            var after = new String(Base64.getUrlDecoder().decode(request.getPageToken()), StandardCharsets.UTF_8);
            return new Page(size == 0 ? PAGE_SIZE_DEFAULT : size, after);
        } catch (IllegalArgumentException e) {
            throw GrpcErrors.invalid("page_token", request.getPageToken(), "next_page_token of an earlier answer");
        }
    }

    /** @param nodes at least one */
    static Node best(Stream<Node> nodes) {
        return nodes.max(BEST).orElseThrow();
    }

    static ListNodesResponse merge(List<ListNodesResponse> answers, Page page) {
        var byName = new TreeMap<String, Node>();
        answers.stream()
                .flatMap(answer -> answer.getNodesList().stream())
                .forEach(node -> byName.merge(node.getName(), node, (one, other) -> best(Stream.of(one, other))));
        var rest = List.copyOf(byName.tailMap(page.after, false).values());
        var shown = rest.subList(0, Math.min(page.size, rest.size()));
        var response = ListNodesResponse.newBuilder().addAllNodes(shown);
        if (rest.size() > shown.size()) {
            response.setNextPageToken(token(shown.getLast().getName()));
        }
        return response.build();
    }

    static ExplainPlacementResponse mergeExplanations(List<ExplainPlacementResponse> answers) {
        var candidates = new TreeMap<String, Candidate>();
        var merged = ExplainPlacementResponse.newBuilder();
        for (var answer : answers) {
            answer.getCandidatesList()
                    .forEach(candidate -> candidates.merge(
                            candidate.getNode(),
                            candidate,
                            (one, other) -> BY_FIT.compare(one, other) <= 0 ? one : other));
            merged.setQueuePosition(Math.max(merged.getQueuePosition(), answer.getQueuePosition()));
            if (merged.getWaitingFor().isEmpty()) {
                merged.setWaitingFor(answer.getWaitingFor());
            }
            if (merged.getNode().isEmpty()) {
                merged.setNode(answer.getNode());
            }
            if (merged.getWaitedCount() == 0) {
                merged.addAllWaited(answer.getWaitedList());
            }
            if (answer.hasPinned()) {
                merged.setPinned(sum(merged.getPinned(), answer.getPinned()));
            }
        }
        return merged.addAllCandidates(
                        candidates.values().stream().sorted(BY_FIT).toList())
                .build();
    }

    /** Each cell keeps its own copies. */
    private static PinnedCopies sum(PinnedCopies one, PinnedCopies other) {
        return PinnedCopies.newBuilder()
                .setWantedCount(one.getWantedCount() + other.getWantedCount())
                .setKeptCount(one.getKeptCount() + other.getKeptCount())
                .setLoadingCount(one.getLoadingCount() + other.getLoadingCount())
                .setMissingReason(one.getMissingReason().isEmpty() ? other.getMissingReason() : one.getMissingReason())
                .build();
    }

    private static String token(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }
}
