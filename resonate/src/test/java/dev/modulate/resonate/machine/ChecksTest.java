package dev.modulate.resonate.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Request.PromiseCreate;
import dev.modulate.resonate.protocol.Request.PromiseSettle;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChecksTest {
    private static final String HALF = "a\uD83D";
    private static final String OTHER_HALF = "\uDE00b";
    private static final String WHOLE = "a\uD83D\uDE00b";
    private static final Map<String, String> TARGET = Map.of(Tags.TARGET, "poll://any@w");

    private final Machine machine = new Machine(Rules.DEFAULT);

    @Test
    void halfASurrogatePairIsRefusedWhereverItStands() {
        var requests = new LinkedHashMap<Request<?>, String>();
        requests.put(new Request.PromiseGet(HALF), "id");
        requests.put(create(HALF, Value.EMPTY, Map.of()), "id");
        requests.put(create("a", new Value(Map.of(), OTHER_HALF), Map.of()), "param.data");
        requests.put(create("a", new Value(Map.of("k", HALF), null), Map.of()), "param.headers");
        requests.put(create("a", Value.EMPTY, Map.of(OTHER_HALF, "v")), "tags");
        requests.put(create("a", Value.EMPTY, Map.of("k", "\uDE00\uD83D")), "tags");
        requests.put(
                new PromiseSettle("a", PromiseState.RESOLVED, new Value(Map.of(), "x" + HALF + "y")), "value.data");
        requests.put(new Request.PromiseRegisterListener("a", "http://h/" + HALF), "address");
        requests.put(new Request.TaskCreate(HALF, 1, create("a", Value.EMPTY, TARGET)), "pid");
        requests.put(
                new Request.ScheduleCreate("s", "* * * * *", "p", 1, new Value(Map.of(), HALF), TARGET),
                "promiseParam.data");
        requests.forEach((request, field) -> assertThat(refusal(request))
                .as("%s", request.kind())
                .startsWith(field + " must not hold half of a surrogate pair (character "));
    }

    @Test
    void aWholePairIsATextLikeAnyOther() {
        assertThat(machine.check(create(WHOLE, new Value(Map.of(WHOLE, WHOLE), WHOLE), Map.of(WHOLE, WHOLE))))
                .isNull();
    }

    @Test
    void anAddressIsAPollGroupOrAnUrl() {
        for (String address : List.of(
                "poll://any@g",
                "poll://any@g/i",
                "poll://any@g/i@2",
                "poll://uni@g/i",
                "http://h",
                "https://h:1/p?q=http://x",
                "http://u@h/")) {
            assertThat(Addresses.valid(address)).as(address).isTrue();
        }
        for (String address : List.of(
                "",
                "poll://any@",
                "poll://any@/i",
                "poll://any@g/",
                "poll://any@g/i/j",
                "poll://any@g@h",
                "poll://any@g h",
                "poll://any@g/i j",
                "poll://uni@g",
                "poll://uni@g/",
                "poll://one@g/i",
                "http://",
                "http:///p",
                "http://h x",
                "http://h/p\nq",
                "ftp://h",
                "x http://h")) {
            assertThat(Addresses.valid(address)).as(address).isFalse();
        }
    }

    @Test
    void aCursorIsAnIdOrEmpty() {
        for (String cursor : List.of("a\0", HALF, "x".repeat(Checks.ID_CHARS_MAX + 1))) {
            for (var request : searches(cursor)) {
                assertThat(refusal(request)).as("%s", request.kind()).startsWith("cursor must ");
            }
        }
        for (String cursor : List.of("", "a", WHOLE)) {
            assertThat(searches(cursor))
                    .allSatisfy(request -> assertThat(machine.check(request)).isNull());
        }
    }

    private static List<Request<?>> searches(String cursor) {
        return List.of(
                new Request.PromiseSearch(null, Map.of(), null, cursor),
                new Request.TaskSearch(null, null, cursor),
                new Request.ScheduleSearch(Map.of(), null, cursor));
    }

    private static PromiseCreate create(String id, Value param, Map<String, String> tags) {
        return new PromiseCreate(id, 5_000, param, tags);
    }

    private <A> String refusal(Request<A> request) {
        var reply = machine.apply(1_000, id -> null, request).reply();
        return switch (reply) {
            case Reply.Ok<A> ok -> "taken: " + ok;
            case Reply.Refused<A> refused -> {
                assertThat(refused.status()).isEqualTo(400);
                yield refused.message();
            }
        };
    }
}
