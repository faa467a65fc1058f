package dev.modulate.bench;

import dev.modulate.resonate.embedded.EmbeddedResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.store.RocksStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tasks created and fulfilled, two durable operations each, in process on RocksDB; against promises created and nothing
 * else, which cost one commit each. {@code bench/run promises [seconds]}.
 */
public final class PromiseBench {
    private static final int[] CLIENTS = {1, 16, 64, 256};
    private static final double WARM_UP_SECONDS = 10;
    private static final long LIFE_MILLIS = 3_600_000;
    private static final Value PARAM = new Value(Map.of(), "x".repeat(256));

    private final Resonate resonate;
    private final AtomicLong ids = new AtomicLong();

    private PromiseBench(Resonate resonate) {
        this.resonate = resonate;
    }

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 5;
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        var groups = new PollGroups(new Random(1));
        try (var store = RocksStore.open(folder.resolve("store"));
                var lane = new PromiseLane(new Machine(Rules.DEFAULT), store, groups, InstantSource.system())) {
            lane.start();
            new PromiseBench(new EmbeddedResonate(lane, groups, new Random(1))).run(seconds, folder);
        }
    }

    private void run(double seconds, Path folder) throws Exception {
        System.out.println("warming up for " + WARM_UP_SECONDS + " s ...");
        ClosedLoop.run(64, WARM_UP_SECONDS, this::pair);
        var sync = SyncRate.run(folder, 2_000);
        System.out.printf("fdatasync: %.0f/s, p50 %.3f ms%n", sync.perSecond(), sync.p50Nanos() / 1e6);
        for (int clients : CLIENTS) {
            var commits = ClosedLoop.run(clients, seconds, this::create);
            var pairs = ClosedLoop.run(clients, seconds, this::pair);
            System.out.printf(
                    "%3d clients: %.0f pairs/s p50 %.3f ms p99 %.3f ms; one commit each %.0f/s p50 %.3f ms; pairs per commit %.2f%n",
                    clients,
                    pairs.perSecond(),
                    pairs.p50Nanos() / 1e6,
                    pairs.p99Nanos() / 1e6,
                    commits.perSecond(),
                    commits.p50Nanos() / 1e6,
                    pairs.perSecond() / commits.perSecond());
        }
    }

    private CompletableFuture<?> create() {
        return resonate.send(promise("c" + ids.incrementAndGet(), Map.of())).thenApply(PromiseBench::expectOk);
    }

    private CompletableFuture<?> pair() {
        String id = "p" + ids.incrementAndGet();
        var create =
                new Request.TaskCreate("bench", 10_000, promise(id, Map.of("resonate:target", "poll://any@bench")));
        return resonate.send(create)
                .thenApply(PromiseBench::expectOk)
                .thenCompose(granted -> resonate.send(
                        new Request.TaskFulfill(id, 1, new Request.PromiseSettle(id, PromiseState.RESOLVED, PARAM))))
                .thenApply(PromiseBench::expectOk);
    }

    private static Request.PromiseCreate promise(String id, Map<String, String> tags) {
        return new Request.PromiseCreate(id, System.currentTimeMillis() + LIFE_MILLIS, PARAM, tags);
    }

    private static <A> A expectOk(Reply<A> reply) {
        return switch (reply) {
            case Reply.Ok<A> ok -> ok.answer();
            case Reply.Refused<A> refused -> throw new IllegalStateException("refused: " + refused);
        };
    }
}
