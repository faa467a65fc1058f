package dev.modulate.bench.promises;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.MediaType;
import dev.modulate.bench.Child;
import dev.modulate.bench.SyncRate;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.embedded.EmbeddedResonate;
import dev.modulate.resonate.embedded.PollGroups;
import dev.modulate.resonate.lane.PromiseLane;
import dev.modulate.resonate.machine.Machine;
import dev.modulate.resonate.machine.Rules;
import dev.modulate.resonate.server.ResonateMain;
import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.RocksStore;
import dev.modulate.resonate.store.Stores;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.rocksdb.RocksDBException;

/**
 * Tasks created and fulfilled, two durable operations each: in process on both stores, and over HTTP; each beside what
 * the same takes without promises. {@code bench/run promises [seconds of a slice] [rounds]}, or {@code quick}.
 */
public final class PromiseBench {
    private static final int[] CLIENTS = {1, 16, 64, 256};
    private static final int TARGET_CLIENTS = 64;
    private static final double COMMIT_SHARE_MIN = 0.3;
    private static final double COMMIT_SHARE_AIM = 0.45;
    private static final double ECHO_SHARE_MIN = 0.15;
    private static final double ECHO_SHARE_AIM = 0.3;
    private static final double LATENCY_MAX = 1.5;
    private static final double LATENCY_AIM = 1.2;
    private static final int SYNCS = 2_000;

    private static final Contest.Length QUICK = new Contest.Length(4, 0.3, 3);
    private static final double WARM_UP_SECONDS = 9;
    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m");

    private final Path folder;
    private final Contest.Length length;
    private final byte[] record = new byte[Pairs.RECORD_BYTES];
    private boolean met = true;

    private PromiseBench(Path folder, Contest.Length length) {
        this.folder = folder;
        this.length = length;
        new Random(1).nextBytes(record);
    }

    public static void main(String[] arguments) throws Exception {
        boolean quick = arguments.length > 0 && arguments[0].equals("quick");
        double seconds = arguments.length > 0 && !quick ? Double.parseDouble(arguments[0]) : 0.5;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 7;
        var length = quick ? QUICK : new Contest.Length(WARM_UP_SECONDS, seconds, rounds);
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        var bench = new PromiseBench(folder, length);
        var sync = SyncRate.run(folder, SYNCS);
        System.out.printf("fdatasync: %.0f/s, p50 %.3f ms%n", sync.perSecond(), sync.p50Nanos() / 1e6);
        bench.rocks();
        bench.postgres();
        bench.http("RocksDB", "rocksdb:" + folder.resolve("served"));
        bench.postgresOverHttp();
        System.exit(bench.met ? 0 : 1);
    }

    private void rocks() throws Exception {
        var raw = BatchingWriter.start(raw("raw-rocks"));
        try (raw;
                var store = RocksStore.open(folder.resolve("rocks"))) {
            inProcess("in process, RocksDB", raw, store);
        }
    }

    private RawRocks raw(String name) throws RocksDBException {
        return new RawRocks(folder.resolve(name));
    }

    private void postgres() throws Exception {
        try (var server = new DurablePostgres(folder.resolve("postgres"));
                var raw = BatchingWriter.start(new RawPostgres(server.connect()));
                var store = Stores.open(server.location(), null)) {
            inProcess("in process, PostgreSQL", raw, store);
        }
    }

    private void postgresOverHttp() throws Exception {
        try (var server = new DurablePostgres(folder.resolve("postgres-served"))) {
            http("PostgreSQL", server.location());
        }
    }

    private void inProcess(String name, BatchingWriter raw, PromiseStore store) throws Exception {
        var groups = new PollGroups(new Random(1));
        try (var lane = new PromiseLane(new Machine(Rules.DEFAULT), store, groups, InstantSource.system())) {
            lane.start();
            var resonate = new EmbeddedResonate(lane, groups, new Random(1));
            var contest = new Contest(name, "commit", () -> raw.put(Pairs.id(), record), () -> Pairs.through(resonate));
            contest.warmUp(length);
            for (int clients : CLIENTS) {
                var result = contest.run(clients, length);
                if (clients == TARGET_CLIENTS) {
                    atLeast("pairs per commit", result.perBaseline(), COMMIT_SHARE_MIN, COMMIT_SHARE_AIM);
                } else if (clients == 1 && store instanceof RocksStore) {
                    atMost("p50 of a pair over two commits", result.latency(), LATENCY_MAX, LATENCY_AIM);
                }
            }
        }
    }

    /** Both clients on RocksDB, which has the targets; the raw one on PostgreSQL. */
    private void http(String store, String location) throws Exception {
        int echoPort = Child.freePort();
        int port = Child.freePort();
        var settings = List.of("--set", "resonate.port=" + port, "--set", "resonate.store=" + location);
        try (var echo = Child.start(EchoServer.class, echoPort, log("echo-" + store), OPTIONS, List.of("" + echoPort));
                var server = Child.start(ResonateMain.class, port, log("resonate-" + store), OPTIONS, settings);
                var echoHttp = new RawHttp(echoPort);
                var http = new RawHttp(port);
                var resonate =
                        HttpResonate.open(URI.create("http://127.0.0.1:" + port), System::nanoTime, new Random(1))) {
            var sizes = Sizes.of(http);
            byte[] body = new byte[sizes.requestBytes()];
            String path = "/echo/" + sizes.replyBytes();
            boolean local = location.startsWith("rocksdb:");
            over(
                    new Contest(
                            "raw HTTP/1.1, " + store,
                            "echo",
                            () -> echoHttp.post(path, body),
                            () -> Pairs.through(http)),
                    local);
            if (local) {
                var web = WebClient.of("http://127.0.0.1:" + echoPort);
                over(
                        new Contest(
                                "our client, " + store,
                                "echo",
                                () -> web.prepare()
                                        .post(path)
                                        .content(MediaType.JSON, HttpData.wrap(body))
                                        .execute()
                                        .aggregate(),
                                () -> Pairs.through(resonate)),
                        true);
            }
            System.out.printf(
                    "resident: promise server %d MiB, echo %d MiB%n",
                    server.residentBytes() >> 20, echo.residentBytes() >> 20);
        }
    }

    private void over(Contest contest, boolean counts) throws InterruptedException {
        contest.warmUp(length);
        for (int clients : CLIENTS) {
            var result = contest.run(clients, length);
            if (counts && clients == TARGET_CLIENTS) {
                atLeast("pairs per echo", result.perBaseline(), ECHO_SHARE_MIN, ECHO_SHARE_AIM);
            }
        }
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    private void atLeast(String what, double value, double least, double aim) {
        met &= value >= least;
        System.out.printf("  %s: %.2f (at least %.2f, aim %.2f)%s%n", what, value, least, aim, missed(value >= least));
    }

    private void atMost(String what, double value, double most, double aim) {
        met &= value <= most;
        System.out.printf("  %s: %.2f (at most %.2f, aim %.2f)%s%n", what, value, most, aim, missed(value <= most));
    }

    private static String missed(boolean fine) {
        return fine ? "" : "  MISSED";
    }

    /** Mean sizes of the two requests of a pair and of their replies. */
    private record Sizes(int requestBytes, int replyBytes) {
        static Sizes of(RawHttp http) throws Exception {
            String id = Pairs.id();
            byte[] create = Pairs.create(id);
            byte[] fulfil = Pairs.fulfil(id);
            int created = http.post("/", create).get();
            int fulfilled = http.post("/", fulfil).get();
            return new Sizes((create.length + fulfil.length) / 2, (created + fulfilled) / 2);
        }
    }
}
