package dev.modulate.executor.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.executor.FakeRegistry;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactCacheTest {
    private static final int BYTES_MAX = 10_000;

    @TempDir
    private Path folder;

    private final FakeRegistry registry = new FakeRegistry();
    private Server server;
    private ManagedChannel channel;
    private ArtifactCache cache;

    @BeforeEach
    void start() throws IOException {
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(registry)
                .build()
                .start();
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
        cache = freshCache();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private ArtifactCache freshCache() throws IOException {
        var fresh = new ArtifactCache(folder, BYTES_MAX, RegistryServiceGrpc.newStub(channel));
        fresh.start();
        return fresh;
    }

    @Test
    void unpacksByDigest() throws IOException {
        String sha256 = registry.zip(Map.of("main.py", "x = 1", "pkg/deep/mod.py", "y = 2"));

        try (var held = cache.hold(sha256, "main.py").join()) {
            assertThat(held.folder()).isEqualTo(folder.resolve(sha256));
            assertThat(held.folder().resolve("pkg/deep/mod.py")).hasContent("y = 2");
        }
    }

    @Test
    void givesASingleFileTheNameItsFunctionUses() {
        String sha256 = registry.file("print(1)");

        try (var first = cache.hold(sha256, "a.py").join();
                var second = cache.hold(sha256, "b.py").join()) {
            assertThat(first.folder().resolve("a.py")).hasContent("print(1)");
            assertThat(second.folder().resolve("b.py")).hasContent("print(1)");
        }
        assertThatThrownBy(() -> cache.hold(sha256, "../b.py").join()).hasMessageContaining("handler: \"../b.py\"");
    }

    @Test
    void refusesBytesOfAnotherDigest() {
        String sha256 = registry.zip(Map.of("main.py", "x = 1"));
        registry.corrupt(sha256);

        assertThatThrownBy(() -> cache.hold(sha256, "main.py").join()).hasMessageContaining("the bytes have digest");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesWhatIsNoDigest() {
        assertThatThrownBy(() -> cache.hold("../../etc", "main.py").join()).hasMessageContaining("artifact_sha256");
    }

    @Test
    void saysWhatTheRegistrySays() {
        assertThatThrownBy(() -> cache.hold("0".repeat(64), "main.py").join()).hasMessageContaining("no such artifact");
    }

    @Test
    void aRegistryThatIsAwayForAMomentIsAskedAgain() {
        String sha256 = registry.zip(Map.of("main.py", "x = 1"));
        registry.refusals.set(2);

        cache.hold(sha256, "main.py").join().close();

        assertThat(registry.downloads).hasValue(3);
    }

    @Test
    void refusesEntriesThatLeaveTheFolder() {
        for (String name : new String[] {"../evil.py", "/evil.py", "a/../../evil.py", "..\\evil.py"}) {
            String sha256 = registry.zip(Map.of(name, "x"));

            assertThatThrownBy(() -> cache.hold(sha256, "main.py").join())
                    .hasMessageContaining("below the archive's root");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesArchivesThatGrowTooLarge() {
        String sha256 = registry.zip(Map.of("big", "x".repeat(BYTES_MAX + 1)));

        assertThatThrownBy(() -> cache.hold(sha256, "big").join()).hasMessageContaining("bytes when unpacked");
    }

    @Test
    void fetchesADigestOnceForManyCallers() {
        String sha256 = registry.zip(Map.of("main.py", "x = 1"));

        var all = IntStream.range(0, 20)
                .mapToObj(i -> cache.hold(sha256, "main.py"))
                .toList();
        all.forEach(held -> held.join().close());

        assertThat(registry.downloads).hasValue(1);
    }

    @Test
    void findsWhatAnEarlierStartHasLeftAndClearsItsRemains() throws IOException {
        String sha256 = registry.zip(Map.of("main.py", "x = 1"));
        cache.hold(sha256, "main.py").join().close();
        Files.createDirectories(folder.resolve("unpack-" + sha256));

        var next = freshCache();

        assertThat(next.contains(sha256)).isTrue();
        next.hold(sha256, "main.py").join().close();
        assertThat(registry.downloads).hasValue(1);
        assertThat(folder.resolve("unpack-" + sha256)).doesNotExist();
    }

    @Test
    void theLeastRecentlyUsedMakesRoomUnlessItIsHeld() {
        String held = registry.zip(Map.of("a", "a".repeat(4000)));
        String old = registry.zip(Map.of("b", "b".repeat(4000)));
        String fresh = registry.zip(Map.of("c", "c".repeat(4000)));
        var kept = cache.hold(held, "a").join();
        cache.hold(old, "b").join().close();

        cache.hold(fresh, "c").join().close();

        assertThat(cache.contains(old)).isFalse();
        assertThat(cache.contains(held)).isTrue();
        assertThat(cache.contains(fresh)).isTrue();
        assertThat(folder.resolve(old)).doesNotExist();
        kept.close();
    }

    @Test
    void whatIsHeldBeyondTheLimitGoesOnceItIsClosed() {
        var held = Stream.of("a", "b", "c")
                .map(name -> registry.zip(Map.of(name, name.repeat(4000))))
                .map(sha256 -> cache.hold(sha256, "any").join())
                .toList();
        assertThat(held).allSatisfy(each -> assertThat(each.folder()).exists());

        held.reversed().forEach(ArtifactCache.Held::close);

        assertThat(held.get(2).folder()).doesNotExist();
        assertThat(held.get(0).folder()).exists();
        assertThat(held.get(1).folder()).exists();
        await().until(() -> folder.toFile().list().length == 2);
    }
}
