package dev.modulate.executor;

import com.google.protobuf.ByteString;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.DownloadArtifactRequest;
import dev.modulate.registry.v1.DownloadArtifactResponse;
import dev.modulate.registry.v1.RegistryServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Artifacts in memory. */
public final class FakeRegistry extends RegistryServiceGrpc.RegistryServiceImplBase {
    private record Stored(ByteString bytes, ArtifactFormat format) {}

    private final Map<String, Stored> artifacts = new HashMap<>();
    public final AtomicInteger downloads = new AtomicInteger();

    /** Downloads that are yet to be refused. */
    public final AtomicInteger refusals = new AtomicInteger();

    /** Answers the digest. */
    public synchronized String zip(Map<String, String> files) {
        return put(zipBytes(files), ArtifactFormat.ARTIFACT_FORMAT_ZIP);
    }

    public synchronized String file(String text) {
        return put(text.getBytes(StandardCharsets.UTF_8), ArtifactFormat.ARTIFACT_FORMAT_FILE);
    }

    private String put(byte[] bytes, ArtifactFormat format) {
        String sha256 = sha256(bytes);
        artifacts.put(sha256, new Stored(ByteString.copyFrom(bytes), format));
        return sha256;
    }

    public synchronized void corrupt(String sha256) {
        artifacts.put(
                sha256, new Stored(ByteString.copyFromUtf8("something else"), ArtifactFormat.ARTIFACT_FORMAT_ZIP));
    }

    @Override
    public void downloadArtifact(DownloadArtifactRequest request, StreamObserver<DownloadArtifactResponse> responses) {
        downloads.incrementAndGet();
        if (refusals.getAndDecrement() > 0) {
            responses.onError(Status.UNAVAILABLE.asException());
            return;
        }
        Stored stored;
        synchronized (this) {
            stored = artifacts.get(request.getSha256());
        }
        if (stored == null) {
            responses.onError(
                    Status.NOT_FOUND.withDescription("no such artifact").asException());
            return;
        }
        responses.onNext(DownloadArtifactResponse.newBuilder()
                .setInfo(ArtifactInfo.newBuilder()
                        .setSha256(request.getSha256())
                        .setSizeBytes(stored.bytes().size())
                        .setFormat(stored.format()))
                .build());
        for (int start = 0; start < stored.bytes().size(); start += 256) {
            int length = Math.min(256, stored.bytes().size() - start);
            responses.onNext(DownloadArtifactResponse.newBuilder()
                    .setData(stored.bytes().substring(start, start + length))
                    .build());
        }
        responses.onCompleted();
    }

    static byte[] zipBytes(Map<String, String> files) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var file : new TreeMap<>(files).entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
