package dev.modulate.cli.command;

import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.ListInvocationsRequest;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code modulate invocations}: lists calls, oldest first. */
@Command(name = "invocations", mixinStandardHelpOptions = true, description = "Lists invocations, oldest first.")
final class InvocationsCommand implements Callable<Integer> {
    private static final int PAGE_SIZE = 200;

    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Option(names = "--function", paramLabel = "NAME", description = "Only calls of this function")
    private String function = "";

    @Option(names = "--state", paramLabel = "STATE", description = "pending, succeeded, failed, cancelled or timed_out")
    private String state = "";

    @Option(names = "--dead-letters", description = "Only calls whose attempts are used up")
    private boolean deadLetters;

    @Option(names = "--limit", paramLabel = "COUNT", defaultValue = "100", description = "Most rows")
    private int limit = 100;

    @Override
    public Integer call() {
        var found = new ArrayList<Invocation>();
        String page = "";
        do {
            var response = platform.invocations()
                    .listInvocations(ListInvocationsRequest.newBuilder()
                            .setPageSize(Math.min(PAGE_SIZE, limit - found.size()))
                            .setPageToken(page)
                            .setFunction(function.isEmpty() ? "" : Names.function(function))
                            .setState(parsedState())
                            .setDeadLettersOnly(deadLetters)
                            .build());
            found.addAll(response.getInvocationsList());
            page = response.getNextPageToken();
        } while (!page.isEmpty() && found.size() < limit);
        if (listing.json()) {
            Listing.printJson(found);
        } else {
            Listing.printTable(
                    Invocations.HEADS, found.stream().map(Invocations::row).toList());
        }
        return ExitCode.OK;
    }

    private Invocation.State parsedState() {
        if (state.isEmpty()) {
            return Invocation.State.STATE_UNSPECIFIED;
        }
        try {
            return Invocation.State.valueOf(
                    "STATE_" + state.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "--state: \"" + state + "\" (expected: pending, succeeded, failed, cancelled or timed_out)");
        }
    }
}
