package dev.modulate.it.platform;

import com.google.protobuf.ByteString;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Bytes to upload. The same files give the same bytes, and so the same digest. */
public record Artifact(ByteString bytes, ArtifactFormat format) {
    /** A zip of text files by name. */
    public static Artifact zip(Map<String, String> files) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var file : new TreeMap<>(files).entrySet()) {
                var entry = new ZipEntry(file.getKey());
                entry.setTime(0);
                zip.putNextEntry(entry);
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Artifact(ByteString.copyFrom(bytes.toByteArray()), ArtifactFormat.ARTIFACT_FORMAT_ZIP);
    }

    public ArtifactInfo info() {
        return ArtifactInfo.newBuilder()
                .setSha256(sha256())
                .setSizeBytes(bytes.size())
                .setFormat(format)
                .build();
    }

    public String sha256() {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
