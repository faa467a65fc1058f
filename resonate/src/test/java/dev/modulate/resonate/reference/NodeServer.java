package dev.modulate.resonate.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The in-memory server of Resonate's TypeScript SDK under the Node that it wants, both from npm. */
final class NodeServer {
    private static final String SDK = "@resonatehq/sdk@0.11.5";
    private static final String NODE = "node@22";
    private static final long SECONDS_MAX = 240;
    private static final int INSTALLS_MAX = 3;

    private final Path folder;

    private NodeServer(Path folder) {
        this.folder = folder;
    }

    /** True where npm can be called. */
    static boolean npmIsThere() {
        try {
            return new ProcessBuilder("npm", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Installs both, once for all builds of a user. */
    static NodeServer install() {
        var folder = Path.of(System.getProperty("user.home"), ".cache", "modulate", "resonate-sdk-0.11.5");
        var server = new NodeServer(folder);
        try {
            if (!Files.exists(folder)) {
                Files.createDirectories(folder.getParent());
                var fresh = Files.createTempDirectory(folder.getParent(), "resonate-sdk");
                Files.writeString(fresh.resolve("package.json"), "{\"private\": true}");
                npmInstall(fresh);
                if (!fresh.toFile().renameTo(folder.toFile()) && !Files.exists(folder)) {
                    throw new IOException(fresh + " cannot be moved to " + folder);
                }
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A registry that fails now may not a moment later. */
    private static void npmInstall(Path folder) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                run(new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", SDK, NODE), folder, "");
                return;
            } catch (IllegalStateException e) {
                if (attempt == INSTALLS_MAX) {
                    throw e;
                }
                System.out.println("npm install, attempt " + attempt + ": " + e.getMessage());
            }
        }
    }

    private Path node() {
        return folder.resolve("node_modules/node/bin/node");
    }

    private Path script() {
        return folder.resolve("node_modules/@resonatehq/sdk/dist/src/network/local.js");
    }

    /** One answer for each request, all of one fresh server. */
    List<String> ask(Path driver, List<String> requests) {
        try {
            var process = new ProcessBuilder(node().toString(), driver.toString(), script().toString());
            var answers = run(process, folder, String.join("\n", requests) + "\n")
                    .lines()
                    .toList();
            if (answers.size() != requests.size()) {
                throw new IllegalStateException(answers.size() + " answers to " + requests.size() + " requests");
            }
            return answers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(ProcessBuilder builder, Path folder, String input) throws IOException {
        var output = Files.createTempFile(folder, "output", ".txt");
        var errors = Files.createTempFile(folder, "errors", ".txt");
        try {
            var process = builder.directory(folder.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            if (!ended || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(builder.command()
                        + (ended ? " failed: " : " took too long: ")
                        + Files.readString(errors)
                        + Files.readString(output));
            }
            return Files.readString(output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }
}
