package dev.modulate.registry.artifact;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Bytes on their way in. Nothing of them stays on the disk unless {@link #complete} returns. For one thread. */
public final class IncomingArtifact implements AutoCloseable {
    private final Artifact announced;
    private final Path file;
    private final ArtifactFolder folder;
    private final FileChannel channel;
    private final MessageDigest digest = sha256();
    private long sizeBytes;

    IncomingArtifact(Artifact announced, Path file, ArtifactFolder folder) throws IOException {
        this.announced = announced;
        this.file = file;
        this.folder = folder;
        this.channel = FileChannel.open(file, StandardOpenOption.WRITE);
    }

    public void write(ByteBuffer bytes) throws IOException, ArtifactRefusedException {
        sizeBytes += bytes.remaining();
        if (sizeBytes > announced.sizeBytes()) {
            throw new ArtifactRefusedException(
                    "data", "more than " + announced.sizeBytes() + " bytes", "as many as info.size_bytes says");
        }
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Checks that the bytes are what was announced, and keeps them. Durable when it returns. */
    public void complete() throws IOException, ArtifactRefusedException {
        if (sizeBytes != announced.sizeBytes()) {
            throw new ArtifactRefusedException(
                    "data", sizeBytes + " bytes", "as many as info.size_bytes says, " + announced.sizeBytes());
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(announced.sha256())) {
            throw new ArtifactRefusedException("info.sha256", announced.sha256(), "the digest of the data, " + found);
        }
        if (announced.format() == Artifact.Format.ZIP) {
            ZipCheck.check(file);
        }
        channel.force(true);
        folder.keep(announced, file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
