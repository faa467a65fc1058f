package dev.modulate.registry.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArtifactFolderTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final String HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir
    private Path root;

    private ArtifactFolder folder;

    @BeforeEach
    void open() {
        folder = new ArtifactFolder(root);
        folder.open();
    }

    @Test
    void keepsBytesUnderTheirDigest() throws Exception {
        var artifact = new Artifact(HELLO_SHA256, 5, Artifact.Format.FILE);
        receive(artifact, HELLO);
        assertThat(root.resolve("sha256/2c/" + HELLO_SHA256)).hasBinaryContent(HELLO);
        try (var bytes = folder.read(artifact)) {
            assertThat(Channels.newInputStream(bytes).readAllBytes()).isEqualTo(HELLO);
        }
        receive(artifact, HELLO);
        assertThat(files()).hasSize(1);
    }

    @Test
    void otherBytesAreRefusedAndLeaveNothing() {
        var artifact = new Artifact("0".repeat(64), 5, Artifact.Format.FILE);
        var refused = catchThrowableOfType(ArtifactRefusedException.class, () -> receive(artifact, HELLO));
        assertThat(refused.field()).isEqualTo("info.sha256");
        assertThat(refused.rule()).contains(HELLO_SHA256);
        assertThat(files()).isEmpty();
    }

    @Test
    void moreOrFewerBytesAreRefusedAndLeaveNothing() {
        assertThatThrownBy(() -> receive(new Artifact(HELLO_SHA256, 4, Artifact.Format.FILE), HELLO))
                .isInstanceOf(ArtifactRefusedException.class)
                .hasMessageContaining("more than 4 bytes");
        assertThatThrownBy(() -> receive(new Artifact(HELLO_SHA256, 6, Artifact.Format.FILE), HELLO))
                .isInstanceOf(ArtifactRefusedException.class)
                .hasMessageContaining("5 bytes");
        assertThat(files()).isEmpty();
    }

    @Test
    void dropsWhatACrashLeftBehind() throws Exception {
        folder.receive(new Artifact(HELLO_SHA256, 5, Artifact.Format.FILE)).write(ByteBuffer.wrap(HELLO));
        assertThat(files()).hasSize(1);
        new ArtifactFolder(root).open();
        assertThat(files()).isEmpty();
    }

    @Test
    void takesAReadableZip() throws Exception {
        var zip = Zips.of(Map.of("app.py", "def handler(event, context): pass", "lib/__init__.py", ""));
        receive(Zips.artifact(zip), zip);
        assertThat(files()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../app.py", "lib/../../app.py", "..", "lib\\app.py", "C:/app.py"})
    void aZipMustNotReachOutOfItsFolder(String name) {
        var zip = Zips.of(Map.of(name, "x"));
        assertThatThrownBy(() -> receive(Zips.artifact(zip), zip))
                .isInstanceOf(ArtifactRefusedException.class)
                .hasMessageContaining(name);
        assertThat(files()).isEmpty();
    }

    @Test
    void aBrokenZipIsRefused() {
        var cut = Zips.of(Map.of("app.py", "x".repeat(1_000)));
        var noZip = java.util.Arrays.copyOf(cut, cut.length - 10);
        assertThatThrownBy(() -> receive(Zips.artifact(noZip), noZip))
                .isInstanceOf(ArtifactRefusedException.class)
                .hasMessageContaining("a readable zip archive");
        assertThatThrownBy(() -> receive(Zips.artifact(HELLO), HELLO)).isInstanceOf(ArtifactRefusedException.class);

        var flipped = Zips.of(Map.of("app.py", "print('hello')"));
        flipped[40] ^= 0x55;
        assertThatThrownBy(() -> receive(Zips.artifact(flipped), flipped)).isInstanceOf(ArtifactRefusedException.class);
        assertThat(files()).isEmpty();
    }

    @Test
    void anEmptyZipIsRefused() {
        var zip = Zips.of(Map.of());
        assertThatThrownBy(() -> receive(Zips.artifact(zip), zip))
                .isInstanceOf(ArtifactRefusedException.class)
                .hasMessageContaining("0 entries");
    }

    @Test
    void aZipMustNotUnpackWithoutBound() throws IOException {
        Path bomb = root.resolve("bomb.zip");
        Files.write(bomb, Zips.of(Map.of("a", "0".repeat(100_000))));
        assertThatThrownBy(() -> ZipCheck.check(bomb, 99_999)).isInstanceOf(ArtifactRefusedException.class);
        assertThatThrownBy(() -> ZipCheck.check(bomb, 0)).isInstanceOf(ArtifactRefusedException.class);
    }

    private void receive(Artifact artifact, byte[] bytes) throws IOException, ArtifactRefusedException {
        try (var incoming = folder.receive(artifact)) {
            incoming.write(ByteBuffer.wrap(bytes, 0, bytes.length / 2));
            incoming.write(ByteBuffer.wrap(bytes, bytes.length / 2, bytes.length - bytes.length / 2));
            incoming.complete();
        }
    }

    private List<Path> files() {
        try (var all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
