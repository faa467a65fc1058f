package dev.modulate.bench;

import com.google.protobuf.ByteString;
import dev.modulate.observability.link.Stubs;
import dev.modulate.registry.v1.ArtifactFormat;
import dev.modulate.registry.v1.ArtifactInfo;
import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.CreateFunctionResponse;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import dev.modulate.registry.v1.Runtime;
import dev.modulate.registry.v1.UploadArtifactRequest;
import dev.modulate.registry.v1.UploadArtifactResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Deploys Python functions on a platform. */
public final class Functions {
    private static final int SECONDS_MAX = 60;

    private final RegistryServiceStub registry;

    public Functions(Stubs stubs, int port) {
        this.registry = stubs.of("127.0.0.1:" + port, RegistryServiceStub.class);
    }

    /**
     * @param files by name; {@code app.py} has the handler
     * @param spec what else is asked for
     */
    public void deploy(String id, Map<String, String> files, FunctionSpec spec) throws Exception {
        byte[] zip = zip(files);
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(zip));
        upload(zip, digest);
        var created = new Echo.Answer<CreateFunctionResponse>();
        registry.createFunction(
                CreateFunctionRequest.newBuilder()
                        .setFunctionId(id)
                        .setFunction(Function.newBuilder()
                                .setSpec(spec.toBuilder()
                                        .setRuntime(Runtime.RUNTIME_PYTHON)
                                        .setHandler("app.handler")
                                        .setArtifactSha256(digest)))
                        .build(),
                created);
        created.future.get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private void upload(byte[] zip, String digest) throws Exception {
        var uploaded = new Echo.Answer<UploadArtifactResponse>();
        var upload = registry.uploadArtifact(uploaded);
        upload.onNext(UploadArtifactRequest.newBuilder()
                .setInfo(ArtifactInfo.newBuilder()
                        .setSha256(digest)
                        .setSizeBytes(zip.length)
                        .setFormat(ArtifactFormat.ARTIFACT_FORMAT_ZIP))
                .build());
        upload.onNext(UploadArtifactRequest.newBuilder()
                .setData(ByteString.copyFrom(zip))
                .build());
        upload.onCompleted();
        uploaded.future.get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static byte[] zip(Map<String, String> files) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toByteArray();
    }
}
