package dev.modulate.cli.command;

import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.Priority;
import dev.modulate.invocation.v1.Target;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate invoke}: calls a function. */
@Command(name = "invoke", mixinStandardHelpOptions = true, description = "Calls a function and prints what it returns.")
final class InvokeCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Input input = new Input();

    @Mixin
    private PlaceOptions place = new PlaceOptions();

    @Parameters(
            index = "0",
            paramLabel = "NAME[@QUALIFIER]",
            description = "Function, with a version or an alias if not the newest")
    private String function = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "-", description = "Read the input from stdin")
    private @Nullable String standard;

    @Option(names = "--id", paramLabel = "ID", description = "Idempotency key: the same id runs once")
    private String id = "";

    @Option(names = "--async", description = "Print the id and do not wait")
    private boolean async;

    @Option(names = "--stream", description = "Print partial results as they come")
    private boolean stream;

    @Option(names = "--priority", paramLabel = "CLASS", description = "Which calls go first: high, normal or low")
    private Urgency priority = Urgency.normal;

    @Option(names = "--timeout", paramLabel = "TIME", description = "Deadline of the call, such as 10s")
    private @Nullable String timeout;

    /** As it is typed. */
    enum Urgency {
        high(Priority.PRIORITY_HIGH),
        normal(Priority.PRIORITY_NORMAL),
        low(Priority.PRIORITY_LOW);

        final Priority wire;

        Urgency(Priority wire) {
            this.wire = wire;
        }
    }

    @Override
    public Integer call() {
        if (standard != null && !standard.equals("-")) {
            throw new UsageException("\"" + standard + "\" (expected: - for stdin, or --data or --file)");
        }
        var payload = input.payload(standard != null, "");
        if (async || stream) {
            return create(CreateInvocationRequest.newBuilder()
                    .setInvocationId(id)
                    .setTarget(target())
                    .setPriority(priority.wire)
                    .setPlacement(place.placement())
                    .setInput(payload));
        }
        var invocations = platform.invocations();
        var request = InvokeFunctionRequest.newBuilder()
                .setInvocationId(id)
                .setTarget(target())
                .setPriority(priority.wire)
                .setPlacement(place.placement())
                .setInput(payload);
        if (timeout != null) {
            var duration = Quantities.duration("--timeout", timeout);
            request.setTtl(duration);
            // The promise ends first, and its end is the answer.
            invocations = invocations.withDeadlineAfter(
                    com.google.protobuf.util.Durations.toMillis(duration) + 2_000, TimeUnit.MILLISECONDS);
        }
        return Results.print(invocations.invokeFunction(request.build()).getInvocation());
    }

    private int create(CreateInvocationRequest.Builder request) {
        if (timeout != null) {
            request.setTtl(Quantities.duration("--timeout", timeout));
        }
        Invocation created =
                platform.invocations().createInvocation(request.build()).getInvocation();
        if (stream) {
            return Results.follow(platform.invocations(), created.getName());
        }
        System.out.println(Names.last(created.getName()));
        return ExitCode.OK;
    }

    private Target target() {
        int at = function.indexOf('@');
        var reference = FunctionRef.newBuilder().setName(Names.function(at < 0 ? function : function.substring(0, at)));
        if (at >= 0) {
            reference.setQualifier(function.substring(at + 1));
        }
        return Target.newBuilder().setFunction(reference).build();
    }
}
