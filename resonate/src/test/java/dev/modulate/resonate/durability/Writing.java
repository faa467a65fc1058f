package dev.modulate.resonate.durability;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A process of {@link Writers}, whose answers are collected until it ends. */
final class Writing implements AutoCloseable {
    private static final int STARTED_FACTS = 100;
    private static final long START_SECONDS_MAX = 60;

    final Queue<String> others = new ConcurrentLinkedQueue<>();
    private final Process process;
    private final Facts facts;
    private final Thread reader = new Thread(this::read);
    private final CountDownLatch started = new CountDownLatch(STARTED_FACTS);

    Writing(String location, String round, Facts facts) throws IOException, InterruptedException {
        this(location, round, 0, facts);
    }

    /** @param filler characters that every value has on top */
    Writing(String location, String round, int filler, Facts facts) throws IOException, InterruptedException {
        this.facts = facts;
        this.process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writers.class.getName(),
                        location,
                        round,
                        Integer.toString(filler)))
                .redirectErrorStream(true)
                .start();
        reader.start();
        if (!started.await(START_SECONDS_MAX, TimeUnit.SECONDS)) {
            kill();
            throw new IllegalStateException("no answers from the writers; they said: " + others);
        }
    }

    private void read() {
        try (var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                var fact = Fact.of(line);
                if (fact == null) {
                    others.add(line);
                } else {
                    facts.add(fact);
                    started.countDown();
                }
            }
        } catch (IOException e) {
            others.add(e.toString());
        }
    }

    /** Sends a signal by its name. */
    void signal(String name) throws IOException, InterruptedException {
        signal(name, process.pid());
    }

    static void signal(String name, long pid) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill -" + name + " " + pid + " ended with " + status);
        }
    }

    /** Ends the process at once, and returns when all that it had said is known. */
    void kill() {
        // Through its handle: the process itself would close the stream under the reader.
        process.toHandle().destroyForcibly();
        process.onExit().join();
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        kill();
    }
}
