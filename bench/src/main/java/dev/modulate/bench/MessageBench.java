package dev.modulate.bench;

import dev.modulate.observability.metrics.Meters;
import dev.modulate.observability.server.ServerShell;
import dev.modulate.resonate.client.HttpResonate;
import dev.modulate.resonate.protocol.Message;
import dev.modulate.resonate.protocol.PromiseState;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Resonate;
import dev.modulate.resonate.protocol.Value;
import dev.modulate.resonate.server.ResonateServer;
import dev.modulate.resonate.server.ResonateSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * How long after its commit a message is at the program that listens over server-sent events, on a server that has nothing
 * else to do. {@code bench/run messages [messages]}. Exit code 1 when p99 is not under 5 ms.
 */
public final class MessageBench {
    private static final double TARGET_MILLIS = 5;
    private static final int WARM_UP = 1_000;
    private static final long PAUSE_NANOS = 2_000_000;
    private static final long RECEIPT_SECONDS_MAX = 10;
    private static final Value VALUE = new Value(Map.of(), "x".repeat(256));

    private final Resonate inProcess;
    private final Resonate overHttp;
    private final AtomicReference<CompletableFuture<Long>> receipt = new AtomicReference<>(new CompletableFuture<>());
    private int ids;

    private MessageBench(Resonate inProcess, Resonate overHttp) {
        this.inProcess = inProcess;
        this.overHttp = overHttp;
    }

    public static void main(String[] arguments) throws Exception {
        int messages = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3_000;
        var folder = Files.createTempDirectory(Path.of(System.getProperty("bench.folder", "/tmp")), "modulate-bench-");
        var meters = Meters.ofProcess();
        var settings = ResonateSettings.local(folder.resolve("store"), Duration.ofHours(1));
        var server = new ResonateServer(settings, meters, InstantSource.system(), System::nanoTime, new Random(1));
        var shell = new ServerShell("resonate", "127.0.0.1", 0, meters, server.services(), server::mount);
        server.start();
        shell.start();
        boolean met;
        try (var client =
                HttpResonate.open(URI.create("http://127.0.0.1:" + shell.port()), System::nanoTime, new Random(2))) {
            met = new MessageBench(server.resonate(), client).run(messages);
        } finally {
            server.close();
            shell.close();
        }
        System.exit(met ? 0 : 1);
    }

    private boolean run(int messages) throws Exception {
        var connected = new CompletableFuture<Boolean>();
        try (var _ = overHttp.poll("bench", "me", new Resonate.Inbox() {
            @Override
            public void connected() {
                connected.complete(true);
            }

            @Override
            public void accept(Message message) {
                receipt.get().complete(System.nanoTime());
            }
        })) {
            connected.get(RECEIPT_SECONDS_MAX, TimeUnit.SECONDS);
            execute(WARM_UP);
            unblock(WARM_UP);
            boolean execute = report("execute", execute(messages));
            return report("unblock", unblock(messages)) && execute;
        }
    }

    /** A task is created: its message says so. */
    private long[] execute(int messages) throws Exception {
        long[] nanos = new long[messages];
        for (int i = 0; i < messages; i++) {
            String id = "e" + ids++;
            nanos[i] = measure(promise(id, Map.of("resonate:target", "poll://any@bench")));
            expectOk(inProcess
                    .send(new Request.PromiseSettle(id, PromiseState.RESOLVED, VALUE))
                    .get());
        }
        return nanos;
    }

    /** A promise is settled: its listener is told. */
    private long[] unblock(int messages) throws Exception {
        long[] nanos = new long[messages];
        for (int i = 0; i < messages; i++) {
            String id = "u" + ids++;
            expectOk(inProcess.send(promise(id, Map.of())).get());
            expectOk(inProcess
                    .send(new Request.PromiseRegisterListener(id, "poll://uni@bench/me"))
                    .get());
            nanos[i] = measure(new Request.PromiseSettle(id, PromiseState.RESOLVED, VALUE));
        }
        return nanos;
    }

    /** The reply in process is given by the thread that committed, right after it did. */
    private long measure(Request<?> request) throws Exception {
        LockSupport.parkNanos(PAUSE_NANOS);
        var received = new CompletableFuture<Long>();
        receipt.set(received);
        long committed = inProcess
                .send(request)
                .thenApply(reply -> {
                    long now = System.nanoTime();
                    expectOk(reply);
                    return now;
                })
                .get();
        return Math.max(0, received.get(RECEIPT_SECONDS_MAX, TimeUnit.SECONDS) - committed);
    }

    private static Request.PromiseCreate promise(String id, Map<String, String> tags) {
        return new Request.PromiseCreate(id, System.currentTimeMillis() + 3_600_000, VALUE, tags);
    }

    private static void expectOk(Reply<?> reply) {
        if (!(reply instanceof Reply.Ok<?>)) {
            throw new IllegalStateException("refused: " + reply);
        }
    }

    private static boolean report(String kind, long[] nanos) {
        Arrays.sort(nanos);
        double p99 = nanos[nanos.length * 99 / 100] / 1e6;
        System.out.printf(
                "%s: commit to receipt p50 %.3f ms, p99 %.3f ms, max %.3f ms (%d messages; target: p99 under %.0f ms)%n",
                kind, nanos[nanos.length / 2] / 1e6, p99, nanos[nanos.length - 1] / 1e6, nanos.length, TARGET_MILLIS);
        return p99 < TARGET_MILLIS;
    }
}
