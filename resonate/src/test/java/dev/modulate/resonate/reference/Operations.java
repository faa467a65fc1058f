package dev.modulate.resonate.reference;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.modulate.resonate.machine.RandomRequests;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Tags;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.wire.Envelopes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random operations as lines of JSON. Our server answers while they are made, so that they suit the state of things. */
final class Operations {
    private static final long START_MILLIS = 1_790_000_000_000L;
    private static final long DAY_MILLIS = 24 * 3_600_000L;
    private static final int EPISODE = 120;
    private static final double ODD = 0.003;

    private final Random random;
    private final List<String> lines = new ArrayList<>();
    private long now = START_MILLIS;

    private Operations(long seed) {
        this.random = new Random(seed);
    }

    /** Episodes that each start from nothing; in most of them whoever advances the clock also lets timers fire. */
    static List<String> random(long seed, int count, Rules rules) {
        var operations = new Operations(seed);
        try (var server = new OurServer(rules)) {
            while (operations.lines.size() < count) {
                operations.episode(server);
            }
        }
        return operations.lines;
    }

    private void episode(OurServer server) {
        int from = lines.size();
        add(server, new Request.DebugReset());
        boolean punctual = random.nextInt(5) > 0;
        var requests = new RandomRequests(random, 1 + random.nextInt(4), ODD, server.entries());
        while (lines.size() < from + EPISODE) {
            if (random.nextInt(4) == 0) {
                now += random.nextInt(8_000);
                if (punctual || random.nextInt(4) == 0) {
                    add(server, new Request.DebugTick(now));
                    if (random.nextInt(8) == 0) {
                        add(server, new Request.DebugSnap());
                    }
                }
            }
            add(server, random.nextInt(80) == 0 ? inspection() : requests.next(now));
        }
    }

    private Request<?> inspection() {
        return switch (random.nextInt(4)) {
            case 0 -> new Request.PromiseSearch(null, Map.of(), null, null);
            case 1 -> new Request.TaskSearch(null, 5, null);
            case 2 -> new Request.DebugStart();
            default -> new Request.DebugStop();
        };
    }

    private void add(OurServer server, Request<?> request) {
        String line = line(request, now);
        lines.add(line);
        server.ask(line);
    }

    static String line(Request<?> request, long atMillis) {
        try {
            var envelope = OurServer.JSON.readTree(Envelopes.writeRequest(request, "c", ""));
            ((ObjectNode) envelope.get("head")).put("resonate:debug_time", atMillis);
            return OurServer.JSON.writeValueAsString(envelope);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Schedules with every kind of field, each created at another time. */
    static List<String> crons(long seed, int count) {
        var random = new Random(seed);
        var lines = new ArrayList<String>();
        long at = START_MILLIS;
        for (int i = 0; i < count; i++) {
            String cron = String.join(
                    " ",
                    field(random, 0, 59),
                    field(random, 0, 23),
                    field(random, 1, 31),
                    field(random, 1, 12),
                    random.nextInt(20) == 0 ? "7" : field(random, 0, 6));
            var create =
                    new Request.ScheduleCreate("s" + i, cron, "p", 1, Value.EMPTY, Map.of(Tags.TARGET, "poll://any@w"));
            at += random.nextLong(DAY_MILLIS);
            lines.add(line(create, at));
        }
        return lines;
    }

    private static String field(Random random, int min, int max) {
        int a = min + random.nextInt(max - min + 1);
        int b = Math.min(max, a + 1 + random.nextInt(5));
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> "*";
            case 3 -> "*/" + (1 + random.nextInt(max));
            case 4 -> a + "-" + b;
            case 5 -> a < b ? a + "," + b : "*";
            case 6 -> a + "-" + b + "/" + (1 + random.nextInt(5));
            default -> Integer.toString(a);
        };
    }
}
