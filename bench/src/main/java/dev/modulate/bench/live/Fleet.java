package dev.modulate.bench.live;

import dev.modulate.executor.v1.Assignment;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;

/** Fake executors that share one connection. */
final class Fleet {
    /** Takes work and does nothing with it. */
    static final FakeExecutor.Listener DEAF = new FakeExecutor.Listener() {
        @Override
        public void assigned(FakeExecutor executor, Assignment assignment) {}

        @Override
        public void ended(FakeExecutor executor) {}
    };

    private static final double CONNECT_SECONDS_MAX = 60;
    private static final int FIRST_TRIES_MAX = 120;
    private static final double FIRST_SECONDS = 0.5;

    private final List<FakeExecutor> executors;

    private Fleet(List<FakeExecutor> executors) {
        this.executors = executors;
    }

    /** Dials with all of them and waits until each is welcome. */
    static Fleet attached(int count, RouterServiceStub router, FakeExecutor.Listener listener) throws IOException {
        long start = System.nanoTime();
        var fleet = new Fleet(IntStream.range(0, count)
                .mapToObj(number -> new FakeExecutor(number, listener, start))
                .toList());
        fleet.awaitInCharge(router);
        fleet.executors.stream().skip(1).forEach(executor -> executor.attach(router));
        if (!Pace.until(CONNECT_SECONDS_MAX, () -> fleet.executors.stream().allMatch(FakeExecutor::welcomed))) {
            throw new IOException("not every executor was welcomed");
        }
        return fleet;
    }

    /** A router that has just started refuses executors until it is in charge: one asks, for all. */
    private void awaitInCharge(RouterServiceStub router) throws IOException {
        var first = executors.getFirst();
        for (int i = 0; i < FIRST_TRIES_MAX && !first.welcomed(); i++) {
            if (!first.attached()) {
                first.attach(router);
            }
            Pace.until(FIRST_SECONDS, first::welcomed);
        }
        if (!first.welcomed()) {
            throw new IOException("the router is not in charge of its cell");
        }
    }

    FakeExecutor executor(int number) {
        return executors.get(number);
    }

    List<FakeExecutor> executors() {
        return executors;
    }
}
