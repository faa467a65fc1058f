package dev.modulate.bench.gpu;

import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A process that uses a GPU, the leader of a group of its own: {@code cuda.py}. */
final class CudaProcess implements AutoCloseable {
    static final String LIBRARY = "cuda.py";

    private final Process process;
    private final Struct said;

    private CudaProcess(Process process, Struct said) {
        this.process = process;
        this.said = said;
    }

    /**
     * Returns when it has said what it sees.
     *
     * @param arguments of the program
     * @param environment beside our own
     */
    static CudaProcess start(Path folder, List<String> arguments, Map<String, String> environment) throws IOException {
        var command = new java.util.ArrayList<>(
                List.of("setsid", "python3", folder.resolve(LIBRARY).toString()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        var process = builder.start();
        String line = new BufferedReader(process.inputReader(StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new IOException(LIBRARY + " ended without a word");
        }
        return new CudaProcess(process, json(line));
    }

    static Struct json(String text) throws IOException {
        var value = Struct.newBuilder();
        JsonFormat.parser().merge(text, value);
        return value.build();
    }

    /** Writes the program to a folder. */
    static void install(Path folder) throws IOException {
        Files.writeString(folder.resolve(LIBRARY), source(LIBRARY));
    }

    /** A Python file beside this class. */
    static String source(String name) {
        try (var resource = CudaProcess.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException(name + " is not on the class path");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    double number(String name) {
        return said.getFieldsOrThrow(name).getNumberValue();
    }

    String text(String name) {
        return said.getFieldsOrThrow(name).getStringValue();
    }

    long pid() {
        return process.pid();
    }

    /** Ends it by its own hand, which gives its memory back in order, or by force; returns when it has ended. */
    void end(boolean byForce) throws IOException, InterruptedException {
        if (byForce) {
            process.destroyForcibly();
        } else {
            process.outputWriter().close();
        }
        process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
