package dev.modulate.executor.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A test of devices whose outcome the unit test decides. */
final class FakeTest implements DeviceTest {
    /** None is expected. */
    static final DeviceTest NEVER = deviceId -> {
        throw new IllegalStateException("a test of " + deviceId + " was not expected");
    };

    final List<String> tested = new ArrayList<>();
    String problem = "";

    @Override
    public CompletableFuture<String> run(String deviceId) {
        tested.add(deviceId);
        return CompletableFuture.completedFuture(problem);
    }
}
