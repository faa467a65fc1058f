package dev.modulate.registry.artifact;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files named by the digest of their bytes: {@code sha256/ab/abcdef…}. A name appears only when all its bytes are on
 * the disk. For any thread; calls block.
 */
public final class ArtifactFolder {
    private final Path folder;
    private final Path incoming;

    public ArtifactFolder(Path folder) {
        this.folder = folder;
        this.incoming = folder.resolve("incoming");
    }

    /** Makes the folder and drops what uploads left behind that a crash cut short. */
    public void open() {
        try {
            Files.createDirectories(incoming);
            try (var leftovers = Files.list(incoming)) {
                for (Path leftover : leftovers.toList()) {
                    Files.delete(leftover);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the folder " + folder, e);
        }
    }

    /** Takes bytes that are said to be this artifact. Close it, whatever comes. */
    public IncomingArtifact receive(Artifact artifact) throws IOException {
        return new IncomingArtifact(artifact, Files.createTempFile(incoming, artifact.sha256() + "-", ""), this);
    }

    /** The bytes of an artifact whose facts are known. */
    public SeekableByteChannel read(Artifact artifact) throws IOException {
        return FileChannel.open(file(artifact), StandardOpenOption.READ);
    }

    /** Durable when it returns. */
    void keep(Artifact artifact, Path complete) throws IOException {
        Path target = file(artifact);
        Path parent = folder.resolve("sha256").resolve(artifact.sha256().substring(0, 2));
        Files.createDirectories(parent);
        Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        for (Path changed : new Path[] {parent, folder.resolve("sha256"), folder}) {
            sync(changed);
        }
    }

    private Path file(Artifact artifact) {
        String sha256 = artifact.sha256();
        return folder.resolve("sha256").resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
