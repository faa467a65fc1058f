package dev.modulate.cli.command;

import dev.modulate.registry.v1.CreateFunctionRequest;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Runtime;
import dev.modulate.registry.v1.Scaling;
import dev.modulate.registry.v1.UpdateFunctionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate deploy}: uploads a folder and creates the function or its next version. */
@Command(name = "deploy", mixinStandardHelpOptions = true, description = "Deploys a function from a folder or a file.")
final class DeployCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private SpecOptions options = new SpecOptions();

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the function")
    private String name = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "Folder or file with the code")
    private Path path = Path.of("");

    @Option(names = "--runtime", defaultValue = "python", paramLabel = "RUNTIME", description = "python")
    private String runtime = "python";

    @Option(names = "--handler", paramLabel = "MODULE.FUNCTION", description = "Entry point (default: app.handler)")
    private @Nullable String handler;

    @Option(names = "--script", paramLabel = "FILE", description = "Run this script for each call instead")
    private @Nullable String script;

    @Option(
            names = "--pinned",
            paramLabel = "COUNT",
            description = "Copies kept warm, whether the function is called or not")
    private int pinned;

    @Option(names = "--input", paramLabel = "MEDIA-TYPE", description = "Media type of the input; JSON is checked")
    private String input = "";

    @Override
    public Integer call() {
        if (!Files.exists(path)) {
            throw new UsageException("PATH: \"" + path + "\" does not exist");
        }
        if (!runtime.equals("python")) {
            throw new UsageException("--runtime: \"" + runtime + "\" (expected: python)");
        }
        if (pinned < 0) {
            throw new UsageException("--pinned: " + pinned + " (expected: >= 0)");
        }
        var code = entryPoint(options.spec().setInputMediaType(input));
        if (pinned > 0) {
            code.setScaling(Scaling.newBuilder().setInstanceCountPinned(pinned));
        }
        var spec = code.setArtifactSha256(Artifacts.uploadZip(platform, path)).build();
        var function = createOrUpdate(spec);
        System.out.println(Names.last(function.getName()) + " version " + function.getVersion());
        return ExitCode.OK;
    }

    private FunctionSpec.Builder entryPoint(FunctionSpec.Builder spec) {
        if (script != null) {
            return spec.setRuntime(Runtime.RUNTIME_PYTHON_SCRIPT).setHandler(script);
        }
        return spec.setRuntime(Runtime.RUNTIME_PYTHON).setHandler(handler == null ? defaultHandler() : handler);
    }

    /** A single file is its own module. */
    private String defaultHandler() {
        String file = String.valueOf(path.getFileName());
        return Files.isRegularFile(path) && file.endsWith(".py")
                ? file.substring(0, file.length() - ".py".length()) + ".handler"
                : "app.handler";
    }

    private Function createOrUpdate(FunctionSpec spec) {
        var registry = platform.registry();
        try {
            return registry.createFunction(CreateFunctionRequest.newBuilder()
                            .setFunctionId(name)
                            .setFunction(Function.newBuilder().setSpec(spec))
                            .build())
                    .getFunction();
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
                throw e;
            }
            return platform.registry()
                    .updateFunction(UpdateFunctionRequest.newBuilder()
                            .setFunction(Function.newBuilder()
                                    .setName(Names.function(name))
                                    .setSpec(spec))
                            .build())
                    .getFunction();
        }
    }
}
