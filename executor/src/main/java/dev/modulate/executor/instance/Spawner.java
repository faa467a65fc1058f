package dev.modulate.executor.instance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spawns processes that cannot outlive this one, each the leader of its own session and process group.
 *
 * <p>All are spawned by one permanent thread: the parent-death signal follows the thread that spawned, not its process.
 */
public final class Spawner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Spawner.class);
    private static final List<Path> TOOL_FOLDERS =
            List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/local/bin"));

    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("executor-spawner").daemon(true).factory());
    private final Sentinel sentinel = new Sentinel();
    private final Optional<Path> setsid = tool("setsid");
    private final Optional<Path> setpriv = tool("setpriv");

    public void start() {
        if (setsid.isPresent()) {
            thread.execute(() -> sentinel.start(setsid.get().toString()));
        }
        if (setsid.isEmpty() || setpriv.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("setsid", setsid)
                    .addKeyValue("setpriv", setpriv)
                    .log("util-linux is missing: function processes may outlive a killed executor");
        }
    }

    /** Completes with a process that runs, or with the reason why none does. */
    CompletableFuture<FunctionProcess> spawn(Command command) {
        return CompletableFuture.supplyAsync(() -> spawnHere(command), thread);
    }

    private FunctionProcess spawnHere(Command command) {
        var arguments = new ArrayList<String>();
        setsid.ifPresent(path -> arguments.add(path.toString()));
        setpriv.ifPresent(path -> arguments.addAll(List.of(path.toString(), "--pdeathsig", "KILL", "--")));
        arguments.addAll(command.arguments());
        var builder = new ProcessBuilder(arguments).directory(command.folder().toFile());
        builder.environment().clear();
        builder.environment().putAll(command.environment());
        if (command.stdin() != null) {
            builder.redirectInput(command.stdin().toFile());
        }
        try {
            return new FunctionProcess(builder.start(), setsid.isPresent(), sentinel);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static Optional<Path> tool(String name) {
        return Stream.concat(TOOL_FOLDERS.stream(), Stream.of(Path.of("/usr/sbin")))
                .map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Kills what is left, then ends. */
    @Override
    public void close() {
        sentinel.close();
        thread.shutdown();
    }
}
