package dev.modulate.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.modulate.it.process.Processes;
import dev.modulate.it.process.RunningProcess;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Programs written with Resonate's SDK for TypeScript, as processes of their own. For one thread. */
final class SdkPrograms implements AutoCloseable {
    private static final String SOURCES = "it/src/test/resources/resonate-sdk";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Processes processes;
    private final NodePackage programs;
    private final String url;

    /**
     * Skips the test when there is no Node.
     *
     * @param logs folder for what the programs write
     * @param port of the Resonate server
     */
    SdkPrograms(Path logs, int port) {
        this.processes = new Processes(logs);
        this.programs = NodePackage.installed(processes, SOURCES);
        this.url = "http://127.0.0.1:" + port;
    }

    /**
     * A call.
     *
     * @param target group or address of whoever runs it
     * @param args as JSON
     */
    record Call(String id, String func, String target, String args, Map<String, String> tags) {
        Call(String id, String func, String target, String args) {
            this(id, func, target, args, Map.of());
        }

        String json() throws JsonProcessingException {
            var call = JSON.createObjectNode()
                    .put("id", id)
                    .put("func", func)
                    .put("target", target)
                    .putPOJO("tags", tags);
            call.set("args", JSON.readTree(args));
            return JSON.writeValueAsString(call);
        }
    }

    /** A {@code PATH} on which the SDK's Node comes first. */
    String path() {
        return Path.of(programs.node()).getParent() + File.pathSeparator + System.getenv("PATH");
    }

    /** @param lease how long a task stays with a worker that says nothing more */
    RunningProcess worker(String name, String group, Duration lease) {
        var command = List.of(programs.node(), "worker.mjs", url, group, Long.toString(lease.toMillis()));
        return processes.start(name, command, programs.folder(), Map.of());
    }

    /**
     * Calls functions side by side.
     *
     * @param atMost of each call, after which its promise times out
     */
    RunningProcess caller(Duration atMost, Call... calls) throws JsonProcessingException {
        var command = new ArrayList<>(List.of(programs.node(), "client.mjs", url, Long.toString(atMost.toMillis())));
        for (var call : calls) {
            command.add(call.json());
        }
        return processes.start("client", command, programs.folder(), Map.of());
    }

    /** Calls a function whenever the cron expression (with seconds) says so, until the schedule is deleted. */
    void schedule(String name, String cron, String func, String target, String args) {
        var command = List.of(programs.node(), "schedule.mjs", url, name, cron, func, target, args);
        Program.run(processes, command, programs.folder(), Map.of(), Duration.ofSeconds(60));
    }

    /** What the calls came to, in their order: {@code value} or {@code error}. */
    List<JsonNode> outcomes(Duration atMost, Call... calls) throws JsonProcessingException {
        return outcomes(caller(atMost, calls), atMost);
    }

    static List<JsonNode> outcomes(RunningProcess caller, Duration atMost) throws JsonProcessingException {
        if (caller.await(atMost) != 0) {
            throw new AssertionError(caller.tail());
        }
        var outcomes = new ArrayList<JsonNode>();
        for (String line : caller.stdout().lines().toList()) {
            outcomes.add(JSON.readTree(line));
        }
        return outcomes;
    }

    @Override
    public void close() {
        processes.close();
    }
}
