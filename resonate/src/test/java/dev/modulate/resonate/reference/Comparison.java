package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.machine.Rules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks our server what theirs was asked and compares the answers. Words for humans are not compared. After a known
 * difference that leaves the servers in different states, the rest of the episode is passed over.
 */
final class Comparison {
    private static final int UNKNOWN_SHOWN_MAX = 10;

    private final Rules rules;
    final Map<Known, Integer> known = new TreeMap<>();
    final Map<String, Integer> answers = new TreeMap<>();
    final List<String> unknown = new ArrayList<>();
    int compared;
    int passedOver;

    Comparison(Rules rules) {
        this.rules = rules;
    }

    void run(List<String> requests, List<String> answered) {
        boolean diverged = false;
        try (var server = new OurServer(rules)) {
            for (int i = 0; i < requests.size(); i++) {
                var request = json(requests.get(i));
                diverged &= !request.path("kind").textValue().equals("debug.reset");
                if (diverged) {
                    passedOver++;
                    continue;
                }
                compared++;
                var ours = server.ask(requests.get(i));
                var theirs = OurServer.Answer.parse(answered.get(i));
                diverged = compare(new Exchange(request, ours, theirs, server.entries()));
            }
        }
    }

    /** True when the states differ from now on. */
    private boolean compare(Exchange exchange) {
        answers.merge(exchange.kind() + " " + exchange.ours().status(), 1, Integer::sum);
        if (exchange.theirs().settled() > 0) {
            note(Known.DEADLINE_OF_ALL_FIRES);
        }
        if (exchange.ours().status() != exchange.theirs().status()) {
            for (var row : Known.values()) {
                if (row.explains(exchange)) {
                    note(row);
                    return row.diverges();
                }
            }
            return unknown(exchange, null);
        }
        if (exchange.ours().refused()) {
            return false;
        }
        boolean diverged = false;
        var theirs = new Theirs(this::note).normal(exchange.theirs().data());
        var ours = new Theirs(row -> {}).normal(exchange.ours().data());
        for (var difference : Difference.between(ours, theirs)) {
            diverged |= explain(exchange, difference);
        }
        return diverged;
    }

    private boolean explain(Exchange exchange, Difference difference) {
        for (var row : Known.values()) {
            if (row.explains(exchange, difference)) {
                note(row);
                return row.diverges();
            }
        }
        return unknown(exchange, difference);
    }

    private boolean unknown(Exchange exchange, @Nullable Difference difference) {
        if (unknown.size() < UNKNOWN_SHOWN_MAX) {
            unknown.add("#" + compared + " " + exchange.request()
                    + (difference == null
                            ? "\n  ours   " + exchange.ours() + "\n  theirs " + exchange.theirs()
                            : "\n  theirs " + exchange.theirs() + "\n  at " + difference.path() + "\n  ours   "
                                    + difference.ours() + "\n  theirs " + difference.theirs()));
        }
        return true;
    }

    String summary() {
        return compared + " compared, " + passedOver + " passed over after a known difference; " + known + " "
                + answers;
    }

    private void note(Known row) {
        known.merge(row, 1, Integer::sum);
    }

    static JsonNode json(String text) {
        try {
            return OurServer.JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes out of an answer what is known to be told in another way. */
    private record Theirs(Consumer<Known> noted) {
        private static final List<String> ADDED_TAGS =
                List.of("resonate:origin", "resonate:branch", "resonate:parent", "resonate:prefix");

        JsonNode normal(JsonNode node) {
            if (node instanceof ArrayNode array) {
                var copy = array.arrayNode();
                array.forEach(element -> copy.add(normal(element)));
                return copy;
            }
            if (!(node instanceof ObjectNode object)) {
                return node;
            }
            var copy = object.objectNode();
            object.properties().forEach(member -> copy.set(member.getKey(), normal(member.getValue())));
            if (copy.get("resumes") instanceof ArrayNode resumes) {
                noted.accept(Known.RESUMES_ARE_COUNTED);
                copy.put("resumes", resumes.size());
            }
            if (copy.path("tags").has("resonate:schedule")) {
                scheduled(copy);
            }
            if (copy.path("kind").asText().equals("execute") && copy.has("head")) {
                if (!copy.get("head").has("serverUrl")) {
                    noted.accept(Known.MESSAGE_HEAD);
                }
                copy.remove("head");
            }
            return copy;
        }

        private void scheduled(ObjectNode promise) {
            String tick = promise.path("id").asText().replaceFirst("^s\\d-", "");
            if (tick.length() > 6 && !tick.equals(promise.path("createdAt").asText())) {
                noted.accept(Known.SCHEDULED_CREATED_AT);
            }
            promise.remove("createdAt");
            var tags = (ObjectNode) promise.get("tags");
            if (!tags.has("resonate:origin")) {
                noted.accept(Known.SCHEDULED_TAGS);
            }
            tags.remove(ADDED_TAGS);
        }
    }
}
