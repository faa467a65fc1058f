package dev.modulate.bench.live;

import dev.modulate.bench.Child;
import dev.modulate.observability.link.Stubs;
import dev.modulate.router.v1.AttachRequest;
import dev.modulate.router.v1.RouterServiceGrpc.RouterServiceStub;
import io.grpc.CallOptions;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * CPU of the receiving process for one load message: the router, and beside it the raw echo of the same messages over as
 * many streams at the same rate, in turns.
 */
final class MessageCost implements AutoCloseable {
    private static final double CONNECT_SECONDS_MAX = 60;

    private final int executors;
    private final double perSecond;
    private final Stubs stubs = new Stubs();
    private final Fleet fleet;
    private final List<Echoed> echoes = new ArrayList<>();

    /** Opens the streams of both. */
    MessageCost(int executors, double perSecond, int routerPort, int echoPort) throws IOException {
        this.executors = executors;
        this.perSecond = perSecond;
        fleet = Fleet.attached(executors, stubs.of("127.0.0.1:" + routerPort, RouterServiceStub.class), Fleet.DEAF);
        var channel = stubs.of("127.0.0.1:" + echoPort, RouterServiceStub.class).getChannel();
        long start = System.nanoTime();
        for (int i = 0; i < executors; i++) {
            var stream = new Echoed(new Reports(i, start), i);
            stream.requests =
                    ClientCalls.asyncBidiStreamingCall(channel.newCall(StreamEcho.METHOD, CallOptions.DEFAULT), stream);
            stream.requests.onNext(Reports.hello(Reports.profile(i, 1)));
            echoes.add(stream);
        }
        if (!Pace.until(CONNECT_SECONDS_MAX, () -> echoes.stream().allMatch(each -> each.heard.get() > 0))) {
            throw new IOException("the echo did not answer on every stream");
        }
    }

    /** Microseconds of CPU for one message. */
    double ofRouter(Child router, double seconds) throws IOException {
        return measured(
                router,
                seconds,
                number -> fleet.executor((int) (number % executors)).reportAnything(System.nanoTime()));
    }

    double ofEcho(Child echo, double seconds) throws IOException {
        return measured(
                echo, seconds, number -> echoes.get((int) (number % executors)).send());
    }

    private double measured(Child server, double seconds, Pace.Step send) throws IOException {
        double before = server.cpuSeconds();
        long sent = Pace.run(perSecond, seconds, send);
        return (server.cpuSeconds() - before) * 1e6 / sent;
    }

    @Override
    public void close() {
        fleet.executors().forEach(FakeExecutor::cut);
        echoes.forEach(stream -> stream.requests.onCompleted());
        stubs.close();
    }

    /** One stream of the echo, with the messages an executor would send. */
    private static final class Echoed implements StreamObserver<AttachRequest> {
        private final Reports reports;
        private final int number;
        private final AtomicInteger heard = new AtomicInteger();
        private StreamObserver<AttachRequest> requests = new Nobody();

        Echoed(Reports reports, int number) {
            this.reports = reports;
            this.number = number;
        }

        void send() {
            requests.onNext(reports.next(number, 0, System.nanoTime()));
        }

        @Override
        public void onNext(AttachRequest message) {
            heard.incrementAndGet();
        }

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }

    /** Before the stream is open. */
    private static final class Nobody implements StreamObserver<AttachRequest> {
        @Override
        public void onNext(AttachRequest message) {}

        @Override
        public void onError(Throwable cause) {}

        @Override
        public void onCompleted() {}
    }
}
