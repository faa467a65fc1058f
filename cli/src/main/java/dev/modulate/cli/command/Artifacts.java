package dev.modulate.cli.command;

import com.google.protobuf.ByteString;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.GetArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** Packs a folder or takes a file, and uploads it unless the platform has it. */
final class Artifacts {
    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int FILES_MAX = 20_000;
    private static final Set<String> SKIPPED = Set.of(".git", "__pycache__", "node_modules", ".venv", ".DS_Store");

    private Artifacts() {}

    /** Uploads a single file as it is. */
    static String uploadFile(Platform platform, Path file) {
        return upload(platform, file, ArtifactFormat.ARTIFACT_FORMAT_FILE);
    }

    /** Uploads a folder, or a single file as if it were alone in one. */
    static String uploadZip(Platform platform, Path path) {
        try {
            var zip = Files.createTempFile("modulate-", ".zip");
            try {
                pack(path, zip);
                return upload(platform, zip, ArtifactFormat.ARTIFACT_FORMAT_ZIP);
            } finally {
                Files.delete(zip);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be packed", e);
        }
    }

    /** The same files give the same bytes: entries in name order, no times. */
    private static void pack(Path path, Path zip) throws IOException {
        var files = new TreeMap<String, Path>();
        if (Files.isDirectory(path)) {
            collect(path, files);
        } else {
            files.put(path.getFileName().toString(), path);
        }
        if (files.isEmpty()) {
            throw new UsageException(path + " holds no files");
        }
        try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (var file : files.entrySet()) {
                var entry = new ZipEntry(file.getKey());
                entry.setTime(0);
                out.putNextEntry(entry);
                Files.copy(file.getValue(), out);
                out.closeEntry();
            }
        }
    }

    private static void collect(Path folder, Map<String, Path> files) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED.contains(String.valueOf(directory.getFileName())) && !directory.equals(folder)
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!SKIPPED.contains(String.valueOf(file.getFileName()))) {
                    files.put(folder.relativize(file).toString(), file);
                }
                if (files.size() > FILES_MAX) {
                    throw new UsageException(folder + " holds more than " + FILES_MAX + " files");
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static String upload(Platform platform, Path file, ArtifactFormat format) {
        try {
            String digest = digest(file);
            var info = ArtifactInfo.newBuilder()
                    .setSha256(digest)
                    .setSizeBytes(Files.size(file))
                    .setFormat(format)
                    .build();
            if (!exists(platform, digest)) {
                send(platform, file, info);
            }
            return digest;
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage());
        }
    }

    private static boolean exists(Platform platform, String digest) {
        try {
            platform.registry()
                    .getArtifact(
                            GetArtifactRequest.newBuilder().setSha256(digest).build());
            return true;
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private static void send(Platform platform, Path file, ArtifactInfo info) throws IOException {
        var answer = new UploadAnswer();
        var requests = platform.uploads().uploadArtifact(answer);
        requests.onNext(UploadArtifactRequest.newBuilder().setInfo(info).build());
        try (var in = Files.newInputStream(file)) {
            for (byte[] chunk = in.readNBytes(CHUNK_BYTES); chunk.length > 0; chunk = in.readNBytes(CHUNK_BYTES)) {
                requests.onNext(UploadArtifactRequest.newBuilder()
                        .setData(ByteString.copyFrom(chunk))
                        .build());
            }
        }
        requests.onCompleted();
        answer.check();
    }

    private static String digest(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The channel answers before {@code onCompleted} returns, so there is nothing to wait for. */
    private static final class UploadAnswer implements StreamObserver<UploadArtifactResponse> {
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        @Override
        public void onNext(UploadArtifactResponse response) {}

        @Override
        public void onError(Throwable cause) {
            failure.set(cause);
        }

        @Override
        public void onCompleted() {}

        void check() {
            var cause = failure.get();
            if (cause != null) {
                throw Status.fromThrowable(cause).asRuntimeException(Status.trailersFromThrowable(cause));
            }
        }
    }
}
