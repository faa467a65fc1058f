package dev.modulate.observability.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CallDeadlineTest {
    @Test
    void isEmptyOutsideOfACall() {
        assertThat(CallDeadline.remaining()).isEmpty();
    }

    @Test
    void isWhatTheInProcessTransportCarries() throws Exception {
        inGrpcContext(
                Deadline.after(600, TimeUnit.SECONDS),
                () -> assertThat(CallDeadline.remaining())
                        .hasValueSatisfying(
                                left -> assertThat(left).isBetween(Duration.ofSeconds(400), Duration.ofMinutes(10))));
    }

    @Test
    void isZeroWhenItHasPassed() throws Exception {
        inGrpcContext(
                Deadline.after(-60, TimeUnit.SECONDS),
                () -> assertThat(CallDeadline.remaining()).hasValue(Duration.ZERO));
    }

    @Test
    void isWhatTheNetworkCarries() {
        var request = ServiceRequestContext.builder(HttpRequest.of(HttpMethod.POST, "/"))
                .build();
        request.run(() -> {
            request.clearRequestTimeout();
            assertThat(CallDeadline.remaining()).isEmpty();
            request.setRequestTimeout(Duration.ofMinutes(10));
            assertThat(CallDeadline.remaining())
                    .hasValueSatisfying(
                            left -> assertThat(left).isBetween(Duration.ofSeconds(400), Duration.ofSeconds(601)));
        });
    }

    private static void inGrpcContext(Deadline deadline, Runnable check) throws Exception {
        try (var timer = Executors.newSingleThreadScheduledExecutor();
                var context = Context.current().withDeadline(deadline, timer)) {
            context.run(check);
        }
    }
}
