package dev.modulate.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** One append of 256 bytes and one {@code fdatasync} after the other: what a durable write costs at least. */
public record SyncRate(double perSecond, long p50Nanos) {
    private static final int BYTES = 256;

    public static SyncRate run(Path folder, int count) throws IOException {
        Files.createDirectories(folder);
        var file = Files.createTempFile(folder, "sync-", ".log");
        long[] samples = new long[count];
        long start = System.nanoTime();
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < count; i++) {
                long began = System.nanoTime();
                channel.write(ByteBuffer.allocate(BYTES));
                channel.force(false);
                samples[i] = System.nanoTime() - began;
            }
        } finally {
            Files.delete(file);
        }
        long took = System.nanoTime() - start;
        Arrays.sort(samples);
        return new SyncRate(count / (took / 1e9), samples[count / 2]);
    }
}
