package dev.modulate.executor.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Unpacks archives of strangers: nothing leaves the folder, nothing grows without bound. */
final class Zip {
    private static final int ENTRIES_MAX = 200_000;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final long bytesMax;
    private long bytes;

    Zip(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Answers the bytes written. */
    long unpack(Path archive, Path folder) throws IOException {
        try (var zip = new ZipFile(archive.toFile())) {
            if (zip.size() > ENTRIES_MAX) {
                throw new ArtifactException(
                        "archive: " + zip.size() + " entries (expected: at most " + ENTRIES_MAX + ")");
            }
            for (ZipEntry entry : Collections.list(zip.entries())) {
                unpack(zip, entry, target(folder, entry.getName()));
            }
        }
        return bytes;
    }

    private void unpack(ZipFile zip, ZipEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(target)) {
            copy(in, out);
        }
    }

    private void copy(InputStream in, OutputStream out) throws IOException {
        var buffer = new byte[BUFFER_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes += read;
            if (bytes > bytesMax) {
                throw new ArtifactException("archive: more than " + bytesMax + " bytes when unpacked");
            }
            out.write(buffer, 0, read);
        }
    }

    private static Path target(Path folder, String name) {
        Path target = name.startsWith("/") || name.contains("\\")
                ? folder
                : folder.resolve(name).normalize();
        if (target.equals(folder) || !target.startsWith(folder)) {
            throw new ArtifactException("archive: entry \"" + name + "\" (expected: a path below the archive's root)");
        }
        return target;
    }
}
