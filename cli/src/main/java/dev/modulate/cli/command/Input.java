package dev.modulate.cli.command;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The input of a call: options of the commands that call. */
final class Input {
    @Option(names = "--data", paramLabel = "JSON", description = "Input as text; - reads stdin")
    private @Nullable String data;

    @Option(names = "--file", paramLabel = "FILE", description = "Input from a file; - reads stdin")
    private @Nullable String file;

    @Option(names = "--type", paramLabel = "MEDIA-TYPE", description = "Media type of the input")
    private String type = "";

    /**
     * @param standard true when stdin was asked for in another way
     * @param typeByDefault media type unless one is given; empty means JSON
     */
    Payload payload(boolean standard, String typeByDefault) {
        int sources = (data != null ? 1 : 0) + (file != null ? 1 : 0) + (standard ? 1 : 0);
        if (sources > 1) {
            throw new UsageException("input comes from one of --data, --file and -");
        }
        try {
            return Payload.newBuilder()
                    .setMediaType(type.isEmpty() ? typeByDefault : type)
                    .setData(bytes(standard))
                    .build();
        } catch (IOException e) {
            throw new UsageException("--file: \"" + file + "\" cannot be read: " + e.getMessage());
        }
    }

    private ByteString bytes(boolean standard) throws IOException {
        if (standard || "-".equals(data) || "-".equals(file)) {
            return ByteString.readFrom(System.in);
        }
        if (file != null) {
            return ByteString.copyFrom(Files.readAllBytes(Path.of(file)));
        }
        return data == null ? ByteString.EMPTY : ByteString.copyFromUtf8(data);
    }
}
