package dev.modulate.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Reads a zip to its end, so that what cannot be unpacked is told to the uploader and not to every executor. */
final class ZipCheck {
    static final int FILES_MAX = 50_000;
    static final long UNPACKED_BYTES_MAX = 8L << 30;

    private static final String FIELD = "data";

    private ZipCheck() {}

    static void check(Path file) throws ArtifactRefusedException {
        check(file, UNPACKED_BYTES_MAX);
    }

    static void check(Path file, long unpackedBytesMax) throws ArtifactRefusedException {
        try (var zip = new ZipFile(file.toFile())) {
            if (zip.size() == 0 || zip.size() > FILES_MAX) {
                throw new ArtifactRefusedException(FIELD, zip.size() + " entries", "a zip of 1 to " + FILES_MAX);
            }
            long bytesLeft = unpackedBytesMax;
            for (ZipEntry entry : Collections.list(zip.entries())) {
                checkName(entry.getName());
                bytesLeft -= read(zip, entry, bytesLeft);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ArtifactRefusedException(FIELD, String.valueOf(e.getMessage()), "a readable zip archive");
        }
    }

    private static void checkName(String name) throws ArtifactRefusedException {
        boolean absolute = name.startsWith("/") || name.matches("[A-Za-z]:.*");
        boolean leaves = List.of(name.split("/")).contains("..");
        if (name.isEmpty() || absolute || leaves || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0) {
            throw new ArtifactRefusedException(
                    FIELD, "entry " + name, "relative paths with slashes, none of them through ..");
        }
    }

    private static long read(ZipFile zip, ZipEntry entry, long bytesMax) throws ArtifactRefusedException, IOException {
        var crc = new CRC32();
        var buffer = new byte[64 * 1024];
        long bytes = 0;
        try (InputStream content = new CheckedInputStream(zip.getInputStream(entry), crc)) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                bytes += read;
                if (bytes > bytesMax) {
                    throw new ArtifactRefusedException(FIELD, "entry " + entry.getName(), "less unpacked bytes in all");
                }
            }
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new ArtifactRefusedException(FIELD, "entry " + entry.getName(), "bytes that match their checksum");
        }
        return bytes;
    }
}
