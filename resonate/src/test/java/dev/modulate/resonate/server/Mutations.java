package dev.modulate.resonate.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests that somebody got wrong, as bytes. The same seed makes the same ones. */
final class Mutations {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LATER = Long.MAX_VALUE / 2;

    private static final List<String> DATA = List.of(
            "promise.get {'id':'p'}",
            "promise.create {'id':'p','timeoutAt':LATER,'param':{'headers':{'a':'b'},'data':'e30='},'tags':{'resonate:target':'poll://any@g'}}",
            "promise.settle {'id':'p','state':'resolved','value':{'data':'NDI='}}",
            "promise.register_callback {'awaited':'p','awaiter':'q'}",
            "promise.register_listener {'awaited':'p','address':'poll://uni@g/me'}",
            "promise.search {'state':'pending','tags':{'a':'b'},'limit':10,'cursor':'a'}",
            "task.create {'pid':'me','ttl':5000,'action':{'kind':'promise.create','head':{},'data':{'id':'q','timeoutAt':LATER,'tags':{'resonate:target':'poll://any@g'}}}}",
            "task.acquire {'id':'p','version':0,'pid':'me','ttl':5000}",
            "task.get {'id':'p'}",
            "task.heartbeat {'pid':'me','tasks':[{'id':'q','version':1}]}",
            "task.release {'id':'q','version':1}",
            "task.fulfill {'id':'q','version':1,'action':{'kind':'promise.settle','head':{},'data':{'id':'q','state':'rejected'}}}",
            "task.fence {'id':'q','version':1,'action':{'kind':'promise.create','head':{},'data':{'id':'q.1','timeoutAt':LATER}}}",
            "task.suspend {'id':'q','version':1,'actions':[{'kind':'promise.register_callback','head':{},'data':{'awaited':'p','awaiter':'q'}}]}",
            "task.halt {'id':'q'}",
            "task.continue {'id':'q'}",
            "task.search {'state':'pending','limit':10}",
            "schedule.create {'id':'s','cron':'0 2 * * *','promiseId':'s-{{.timestamp}}','promiseTimeout':1000,'promiseTags':{'resonate:target':'poll://any@g'}}",
            "schedule.get {'id':'s'}",
            "schedule.delete {'id':'s'}",
            "schedule.search {'tags':{},'limit':5}",
            "debug.tick {'time':1}",
            "debug.snap {}");

    /** What no field expects. */
    private static final List<String> NONSENSE = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1.5",
            "1e400",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775809",
            "1" + "0".repeat(400),
            "\"\"",
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "\"\uD83D\uDE00\"",
            "\"../../etc\"",
            "\"poll://\"",
            "\"poll://any@\"",
            "\"http://\\r\\nx\"",
            "[]",
            "[[],{}]",
            "{}",
            "{\"a\":{\"b\":{}}}");

    private final Random random;

    Mutations(long seed) {
        this.random = new Random(seed);
    }

    byte[] next() {
        String line = pick(DATA).replace('\'', '"').replace("LATER", Long.toString(LATER));
        int space = line.indexOf(' ');
        var envelope = read(RunningServer.envelope(line.substring(0, space), "", line.substring(space + 1)));
        for (int i = random.nextInt(3); i > 0; i--) {
            mutate(envelope);
        }
        byte[] bytes = envelope.toString().getBytes(StandardCharsets.UTF_8);
        return switch (random.nextInt(8)) {
            case 0 -> damage(bytes);
            case 1 -> duplicate(bytes);
            default -> bytes;
        };
    }

    private void mutate(JsonNode envelope) {
        var inner = new ArrayList<JsonNode>();
        collect(envelope, inner);
        var chosen = pick(inner);
        if (chosen instanceof ObjectNode members && !members.isEmpty()) {
            var names = new ArrayList<String>();
            members.fieldNames().forEachRemaining(names::add);
            String name = pick(names);
            if (random.nextInt(4) == 0) {
                members.remove(name);
            } else {
                members.putRawValue(name, new RawValue(nonsense()));
            }
        } else if (chosen instanceof ArrayNode items) {
            items.addRawValue(new RawValue(nonsense()));
        }
    }

    private String nonsense() {
        return switch (random.nextInt(20)) {
            case 0 -> "\"" + "x".repeat(random.nextInt(200_000)) + "\"";
            case 1 -> "[".repeat(5_000) + "]".repeat(5_000);
            case 2 -> "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
            default -> pick(NONSENSE);
        };
    }

    private static void collect(JsonNode node, List<JsonNode> inner) {
        if (node.isContainerNode()) {
            inner.add(node);
            node.forEach(child -> collect(child, inner));
        }
    }

    private byte[] damage(byte[] bytes) {
        byte[] damaged = bytes.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            case 1 -> damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
            case 2 -> damaged[random.nextInt(damaged.length)] = (byte) 0xC0;
            default -> {
                var out = new ByteArrayOutputStream();
                out.writeBytes(damaged);
                out.writeBytes("]{\"more\":1}".getBytes(StandardCharsets.UTF_8));
                damaged = out.toByteArray();
            }
        }
        return damaged;
    }

    /** A member twice. */
    private static byte[] duplicate(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return ("{\"kind\":7,\"data\":[]," + text.substring(1)).getBytes(StandardCharsets.UTF_8);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private static JsonNode read(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
