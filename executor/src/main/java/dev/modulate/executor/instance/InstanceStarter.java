package dev.modulate.executor.instance;

import dev.modulate.executor.call.Failure;
import dev.modulate.executor.call.Failure.Reason;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Devices;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

/** Makes instances: command line, environment, process. Safe for any thread. */
public final class InstanceStarter {
    /** What a result may have, before base64. */
    public static final int RESULT_BYTES_MAX = 384 * 1024;

    /** Variables of the executor that a function sees too. */
    private static final List<String> PASSED =
            List.of("PATH", "HOME", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE");

    private final Spawner spawner;
    private final Python python;
    private final Devices devices;
    private final Map<String, String> basis;
    private final Path inputFolder;

    /** Told once for each start, on a thread that must not be blocked for long. */
    public interface Listener {
        void ready(Instance instance);

        void failed(Failure failure);

        /**
         * The process ended, whether it was ready or not.
         *
         * @param processGroup that it led; zero when it was never spawned
         */
        void exited(long processGroup);
    }

    /** Stops a start that takes too long. */
    public interface Starting {
        void kill();
    }

    /**
     * @param own environment of the executor
     * @param node variables that say where a function runs
     * @param inputFolder for the stdin of scripts; exists
     */
    public InstanceStarter(
            Spawner spawner,
            Python python,
            Devices devices,
            Map<String, String> own,
            Map<String, String> node,
            Path inputFolder) {
        this.spawner = spawner;
        this.python = python;
        this.devices = devices;
        this.inputFolder = inputFolder;
        var kept = new HashMap<>(node);
        kept.put("LANG", "C.UTF-8");
        PASSED.stream().filter(own::containsKey).forEach(name -> kept.put(name, own.getOrDefault(name, "")));
        this.basis = Map.copyOf(kept);
    }

    /** @param folder unpacked artifact */
    public Starting start(Program program, List<Reservation> reservations, Path folder, Listener listener) {
        var environment = environment(program, reservations);
        return switch (program.language()) {
            case PYTHON -> startWarm(program, environment, folder, listener);
            case PYTHON_SCRIPT -> {
                listener.ready(new ScriptInstance(
                        (call, stdin) -> spawnScript(program, environment, folder, call, stdin),
                        inputFolder,
                        RESULT_BYTES_MAX));
                yield () -> {};
            }
            case UNKNOWN -> {
                listener.failed(
                        Failure.of(Reason.START_FAILED, "this executor does not know the runtime of the function"));
                yield () -> {};
            }
        };
    }

    private Starting startWarm(Program program, Map<String, String> environment, Path folder, Listener listener) {
        var arguments = List.of(
                python.executable().toString(),
                python.bootstrap().toString(),
                program.handler(),
                Integer.toString(RESULT_BYTES_MAX));
        var spawned = spawner.spawn(new Command(arguments, environment, folder, null));
        spawned.whenComplete((process, problem) -> {
            if (problem == null) {
                startWarm(program, process, listener);
            } else {
                listener.failed(Failure.of(Reason.START_FAILED, words(problem)));
                listener.exited(0);
            }
        });
        return () -> spawned.thenAccept(FunctionProcess::kill);
    }

    private static void startWarm(Program program, FunctionProcess process, Listener listener) {
        var waiting = new WarmStart(listener);
        var instance = new WarmInstance(program, process, waiting);
        waiting.instance = instance;
        instance.onExit(() -> listener.exited(process.pid()));
        instance.start();
    }

    /** Written before the instance's thread starts, read by that thread. */
    private static final class WarmStart implements WarmInstance.StartListener {
        private final Listener listener;
        private @org.jspecify.annotations.Nullable WarmInstance instance;

        WarmStart(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void ready() {
            listener.ready(java.util.Objects.requireNonNull(instance));
        }

        @Override
        public void startFailed(Failure failure) {
            listener.failed(failure);
        }
    }

    private FunctionProcess spawnScript(
            Program program, Map<String, String> environment, Path folder, Call call, Path stdin) {
        var all = new HashMap<>(environment);
        all.put("MODULATE_INVOCATION_ID", call.invocationId());
        all.put("MODULATE_ATTEMPT", Long.toString(call.attempt()));
        all.put("MODULATE_REMAINING_TIME_MS", Long.toString(call.remaining().toMillis()));
        all.put("PYTHONUNBUFFERED", "1");
        var arguments = List.of(python.executable().toString(), program.handler());
        try {
            return spawner.spawn(new Command(arguments, all, folder, stdin)).join();
        } catch (CompletionException e) {
            throw new java.io.UncheckedIOException(new java.io.IOException(words(e), e));
        }
    }

    private Map<String, String> environment(Program program, List<Reservation> reservations) {
        var environment = new HashMap<>(basis);
        environment.putAll(program.environment());
        environment.putAll(devices.environment(reservations));
        environment.put("MODULATE_TENANT", program.tenant());
        environment.put("MODULATE_FUNCTION", program.function());
        environment.put("MODULATE_VERSION", Long.toString(program.version()));
        return environment;
    }

    private static String words(Throwable problem) {
        return String.valueOf(
                problem.getCause() == null
                        ? problem.getMessage()
                        : problem.getCause().getMessage());
    }
}
