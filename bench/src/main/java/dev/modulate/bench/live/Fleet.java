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
        if (!Pace.until(CONNECT_SECONDS_MAX, () -> fleet.allWelcome(router))) {
            throw new IOException("not every executor was welcomed");
        }
        return fleet;
    }

    /** A router that has just started refuses executors until it is in charge. */
    private boolean allWelcome(RouterServiceStub router) {
        executors.stream().filter(executor -> !executor.attached()).forEach(executor -> executor.attach(router));
        return executors.stream().allMatch(FakeExecutor::welcomed);
    }

    FakeExecutor executor(int number) {
        return executors.get(number);
    }

    List<FakeExecutor> executors() {
        return executors;
    }
}
