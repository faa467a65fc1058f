package dev.modulate.cli.command;

import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.Target;
import dev.modulate.registry.v1.Runtime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate submit}: runs one script without deploying it. */
@Command(
        name = "submit",
        mixinStandardHelpOptions = true,
        description = "Runs a script durably, without a deploy step; prints its stdout.")
final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private SpecOptions options = new SpecOptions();

    @Mixin
    private Input input = new Input();

    @Parameters(index = "0", paramLabel = "SCRIPT", description = "Python script: input on stdin, output on stdout")
    private Path script = Path.of("");

    @Option(names = "--id", paramLabel = "ID", description = "Idempotency key: the same id runs once")
    private String id = "";

    @Option(names = "--no-wait", description = "Print the id and do not wait")
    private boolean noWait;

    @Override
    public Integer call() {
        if (!Files.isRegularFile(script)) {
            throw new UsageException("SCRIPT: \"" + script + "\" is not a file");
        }
        var spec = options.spec()
                .setRuntime(Runtime.RUNTIME_PYTHON_SCRIPT)
                .setHandler(String.valueOf(script.getFileName()))
                .setArtifactSha256(Artifacts.uploadFile(platform, script));
        var target = Target.newBuilder().setInline(spec).build();
        var payload = input.payload(false, "application/octet-stream");
        if (noWait) {
            var created = platform.invocations()
                    .createInvocation(CreateInvocationRequest.newBuilder()
                            .setInvocationId(id)
                            .setTarget(target)
                            .setInput(payload)
                            .build());
            System.out.println(Names.last(created.getInvocation().getName()));
            return ExitCode.OK;
        }
        return Results.print(platform.invocations()
                .invokeFunction(InvokeFunctionRequest.newBuilder()
                        .setInvocationId(id)
                        .setTarget(target)
                        .setInput(payload)
                        .build())
                .getInvocation());
    }
}
