package dev.modulate.router.dispatch;

import dev.modulate.registry.v1.AcceleratorRequirements;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Isolation;
import dev.modulate.registry.v1.ResourceRequirements;
import dev.modulate.registry.v1.RetryPolicy;
import dev.modulate.router.wire.RouterProto;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** Calls of every kind that devices may be asked for in, in turn. */
final class Asks {
    static final String SLICE = "1g.10gb";
    private static final long GIB = 1L << 30;
    private static final List<AcceleratorRequirements> KINDS = List.of(
            memory(2, 50),
            memory(1, 30),
            share(300, 10, Isolation.ISOLATION_TENANT),
            share(600, 20, Isolation.ISOLATION_FUNCTION),
            AcceleratorRequirements.newBuilder().setMigProfile(SLICE).build(),
            memory(1, 0),
            share(250, 10, Isolation.ISOLATION_NONE),
            memory(1, 50));
    private static final List<String> FUNCTIONS = List.of("functions/f", "functions/g", "functions/h");

    private Asks() {}

    private static AcceleratorRequirements memory(int count, int gib) {
        return AcceleratorRequirements.newBuilder()
                .setDeviceCount(count)
                .setDeviceMemoryBytes(gib * GIB)
                .build();
    }

    private static AcceleratorRequirements share(int milli, int gib, Isolation isolation) {
        return AcceleratorRequirements.newBuilder()
                .setDeviceCount(1)
                .setDeviceMemoryBytes(gib * GIB)
                .setShareMilli(milli)
                .setIsolation(isolation)
                .build();
    }

    static UnaryOperator<FunctionSpec.Builder> spec(int number) {
        return spec -> spec.setResources(
                        ResourceRequirements.newBuilder().setAccelerator(KINDS.get(number % KINDS.size())))
                .setRetryPolicy(RetryPolicy.newBuilder()
                        .setAttemptCountMax(3)
                        .setInitialBackoff(RouterProto.duration(Duration.ofMillis(500))));
    }

    static String function(int number) {
        return FUNCTIONS.get(number % FUNCTIONS.size());
    }
}
