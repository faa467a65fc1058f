package dev.modulate.executor.artifact;

import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacked artifacts by digest, one folder each. A folder appears whole or not at all, each digest is fetched by one
 * caller at a time, and the least recently used ones go when the cache grows too large, unless somebody holds them.
 *
 * <p>A private lock guards the books; fetching happens outside it, on virtual threads.
 */
public final class ArtifactCache {
    private static final Logger LOG = LoggerFactory.getLogger(ArtifactCache.class);
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Name under which the bytes of a single-file artifact are kept; a function's handler may link to it by another. */
    private static final String SINGLE_FILE = ".artifact";

    private static final int TRIES_MAX = 6;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final Path folder;
    private final long bytesMax;
    private final RegistryServiceStub registry;
    private final Object lock = new Object();
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Fetch> fetching = new HashMap<>();
    private long evictions;

    private static final class Entry {
        private final Path folder;
        private final long bytes;
        private int holders;

        Entry(Path folder, long bytes) {
            this.folder = folder;
            this.bytes = bytes;
        }
    }

    /** Those who wait hold the entry from its first moment: it cannot make room for another in between. */
    private static final class Fetch {
        private final CompletableFuture<Entry> done = new CompletableFuture<>();
        private int waiting;
    }

    /** An artifact that stays on disk until it is closed. */
    public interface Held extends AutoCloseable {
        Path folder();

        @Override
        void close();
    }

    public ArtifactCache(Path folder, long bytesMax, RegistryServiceStub registry) {
        this.folder = folder.toAbsolutePath();
        this.bytesMax = bytesMax;
        this.registry = registry;
    }

    /** Finds what an earlier start has left. */
    public void start() throws IOException {
        Files.createDirectories(folder);
        try (var children = Files.list(folder)) {
            for (Path child : children.toList()) {
                String name = String.valueOf(child.getFileName());
                if (SHA256.matcher(name).matches()) {
                    entries.put(name, new Entry(child, Folders.size(child)));
                } else {
                    Folders.delete(child);
                }
            }
        }
    }

    public boolean contains(String sha256) {
        synchronized (lock) {
            return entries.containsKey(sha256);
        }
    }

    /**
     * Brings an artifact to disk. Completes on the caller's thread when it is there, else on a virtual thread; fails with
     * {@link ArtifactException}.
     *
     * @param fileName of an artifact that is one plain file
     */
    public CompletableFuture<Held> hold(String sha256, String fileName) {
        if (!SHA256.matcher(sha256).matches()) {
            return CompletableFuture.failedFuture(new ArtifactException(
                    "artifact_sha256: \"" + sha256 + "\" (expected: 64 lower-case hexadecimal digits)"));
        }
        return counted(sha256).thenApply(entry -> named(new Hold(entry), fileName));
    }

    /** The entry with one holder more. */
    private CompletableFuture<Entry> counted(String sha256) {
        synchronized (lock) {
            Entry entry = entries.get(sha256);
            if (entry != null) {
                entry.holders++;
                return CompletableFuture.completedFuture(entry);
            }
            var fetch = fetching.computeIfAbsent(sha256, this::started);
            fetch.waiting++;
            return fetch.done;
        }
    }

    private Fetch started(String sha256) {
        var fetch = new Fetch();
        Thread.ofVirtual().name("artifact-" + sha256.substring(0, 8)).start(() -> fetch(sha256, fetch));
        return fetch;
    }

    private void fetch(String sha256, Fetch fetch) {
        Path archive = folder.resolve("download-" + sha256);
        Path unpacked = folder.resolve("unpack-" + sha256);
        @Nullable Entry entry = null;
        RuntimeException problem = new ArtifactException("artifact " + sha256 + ": interrupted");
        try {
            var format = download(sha256, archive);
            Folders.delete(unpacked);
            Files.createDirectories(unpacked);
            long bytes = unpack(archive, format, unpacked);
            Path target = folder.resolve(sha256);
            Files.move(unpacked, target, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            entry = new Entry(target, bytes);
        } catch (IOException e) {
            problem = new ArtifactException("artifact " + sha256 + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            problem = e;
        }
        Folders.deleteQuietly(archive);
        Folders.deleteQuietly(unpacked);
        if (entry == null) {
            fail(sha256, fetch, problem);
        } else {
            finish(sha256, entry, fetch);
        }
    }

    /** A registry that restarts is back within moments; a call should not fail for it. */
    private ArtifactFormat download(String sha256, Path archive) throws InterruptedException {
        var pause = FIRST_PAUSE;
        for (int left = TRIES_MAX - 1; ; left--) {
            try {
                return new Download(registry, sha256).into(archive);
            } catch (ArtifactException.Unavailable e) {
                if (left == 0) {
                    throw e;
                }
                LOG.atDebug()
                        .addKeyValue("artifact", sha256)
                        .addKeyValue("cause", e.getMessage())
                        .log("download again");
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
            }
        }
    }

    private long unpack(Path archive, ArtifactFormat format, Path unpacked) throws IOException {
        if (format == ArtifactFormat.ARTIFACT_FORMAT_FILE) {
            Files.move(archive, unpacked.resolve(SINGLE_FILE));
            return Files.size(unpacked.resolve(SINGLE_FILE));
        }
        return new Zip(bytesMax).unpack(archive, unpacked);
    }

    private void finish(String sha256, Entry entry, Fetch fetch) {
        List<Path> gone;
        synchronized (lock) {
            fetching.remove(sha256);
            entry.holders = fetch.waiting;
            entries.put(sha256, entry);
            gone = evicted();
        }
        fetch.done.complete(entry);
        gone.forEach(Folders::deleteQuietly);
    }

    private void fail(String sha256, Fetch fetch, RuntimeException cause) {
        synchronized (lock) {
            fetching.remove(sha256);
        }
        fetch.done.completeExceptionally(cause);
    }

    private final class Hold implements Held {
        private final Entry entry;
        private boolean open = true;

        Hold(Entry entry) {
            this.entry = entry;
        }

        @Override
        public Path folder() {
            return entry.folder;
        }

        @Override
        public void close() {
            List<Path> gone;
            synchronized (lock) {
                entry.holders -= open ? 1 : 0;
                open = false;
                gone = evicted();
            }
            if (!gone.isEmpty()) {
                Thread.ofVirtual().name("artifact-eviction").start(() -> gone.forEach(Folders::deleteQuietly));
            }
        }
    }

    /** Gives a single-file artifact the name its function uses. */
    private static Held named(Held held, String fileName) {
        Path single = held.folder().resolve(SINGLE_FILE);
        Path wanted = held.folder().resolve(fileName).normalize();
        if (Files.exists(single) && !Files.exists(wanted)) {
            if (!held.folder().equals(wanted.getParent())) {
                held.close();
                throw new ArtifactException("handler: \"" + fileName + "\" (expected: a file name, for a single file)");
            }
            try {
                Files.createLink(wanted, single);
            } catch (java.nio.file.FileAlreadyExistsException e) {
                return held;
            } catch (IOException e) {
                held.close();
                throw new UncheckedIOException(e);
            }
        }
        return held;
    }

    /** Takes away what is too much and nobody holds; the caller holds the lock, and deletes the folders without it. */
    private List<Path> evicted() {
        var gone = new ArrayList<Path>();
        long bytes = entries.values().stream().mapToLong(entry -> entry.bytes).sum();
        var oldest = entries.entrySet().iterator();
        while (bytes > bytesMax && oldest.hasNext()) {
            var next = oldest.next();
            var entry = next.getValue();
            var aside = entry.folder.resolveSibling("gone-" + evictions++ + "-" + next.getKey());
            if (entry.holders == 0 && Folders.move(entry.folder, aside)) {
                LOG.atDebug().addKeyValue("artifact", next.getKey()).log("artifact makes room");
                oldest.remove();
                bytes -= entry.bytes;
                gone.add(aside);
            }
        }
        return gone;
    }
}
