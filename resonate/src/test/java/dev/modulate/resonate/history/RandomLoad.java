package dev.modulate.resonate.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that ask at random and at the same time, on the ids of one tree. */
final class RandomLoad {
    private final Subject subject;
    private final AtomicLong clock;
    private final Shape shape;

    /**
     * @param calls each client's
     * @param restarts true where the subject may start again from its store, which renews leases and forgets times: the clock stands still then
     * @param tells true when calls say what time it is; else only ticks do, and nothing is reset, since that forgets it
     * @param searches false where a search may see a little more than was committed when it got its time
     */
    record Shape(int clients, int calls, boolean restarts, boolean tells, boolean searches) {}

    RandomLoad(Subject subject, AtomicLong clock, Shape shape) {
        this.subject = subject;
        this.clock = clock;
        this.shape = shape;
    }

    /**
     * Runs until every client has made its calls.
     *
     * @param root of a tree that nobody used before
     */
    List<Operation> run(String root, long seed) throws Exception {
        var history = new History();
        var versions = new ConcurrentHashMap<String, Long>();
        var clients = new ArrayList<Future<?>>();
        try (var threads = Executors.newFixedThreadPool(shape.clients())) {
            for (int client = 0; client < shape.clients(); client++) {
                int number = client;
                var random = new Random(seed * 1_000 + client);
                var chooser = new Chooser(client, root, random, clock, shape, versions);
                clients.add(threads.submit(() -> ask(number, chooser, history)));
            }
        }
        for (var client : clients) {
            client.get();
        }
        return history.operations();
    }

    private void ask(int client, Chooser chooser, History history) {
        for (int i = 0; i < shape.calls(); i++) {
            var call = chooser.next();
            chooser.learn(history.record(client, call, () -> subject.call(call)));
        }
    }
}
