package dev.modulate.executor.instance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Stands in for an executor that is about to be killed. */
public final class FamilyMain {
    private FamilyMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (var spawner = new Spawner()) {
            spawner.start();
            spawner.spawn(ProcessTreeTest.family(Path.of(arguments[0]))).join();
            new CountDownLatch(1).await();
        }
    }
}
