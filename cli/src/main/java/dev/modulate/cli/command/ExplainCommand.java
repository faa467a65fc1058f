package dev.modulate.cli.command;

import dev.modulate.invocation.v1.FunctionRef;
import dev.modulate.invocation.v1.GetInvocationRequest;
import dev.modulate.router.v1.ExplainPlacementRequest;
import dev.modulate.router.v1.ExplainPlacementResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code modulate explain}: says where something would go and why not elsewhere. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Says where a function would run now, or where an invocation is, and why not elsewhere.")
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Parameters(index = "0", paramLabel = "NAME", description = "Function, or an invocation with --invocation")
    private String name = "";

    @Option(names = "--invocation", description = "NAME is the id of an invocation")
    private boolean invocation;

    @Override
    public Integer call() {
        var request = ExplainPlacementRequest.newBuilder();
        boolean isCall = invocation || name.startsWith("invocations/");
        if (isCall) {
            request.setInvocation(Names.invocation(name));
        } else {
            request.setFunction(FunctionRef.newBuilder().setName(Names.function(name)));
        }
        try {
            var explained = platform.nodes().explainPlacement(request.build());
            if (listing.json()) {
                Listing.printJson(explained);
            } else {
                print(explained);
            }
        } catch (StatusRuntimeException e) {
            if (!isCall || e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            ended();
        }
        return ExitCode.OK;
    }

    /** Routers know calls until they end; where one has gone is in its promise. */
    private void ended() {
        var call = platform.invocations()
                .getInvocation(GetInvocationRequest.newBuilder()
                        .setName(Names.invocation(name))
                        .build())
                .getInvocation();
        if (listing.json()) {
            Listing.printJson(call);
            return;
        }
        String state = call.getState().name().replace("STATE_", "");
        String where = call.getNode().isEmpty() ? "" : " on " + Names.last(call.getNode());
        System.out.println("ended: " + state + where + ", attempt " + call.getAttempt());
    }

    private static String pinned(ExplainPlacementResponse.PinnedCopies pinned) {
        String missing = pinned.getMissingReason().isEmpty() ? "" : ": " + pinned.getMissingReason();
        return "pinned: " + pinned.getKeptCount() + " of " + pinned.getWantedCount() + " kept, "
                + pinned.getLoadingCount() + " loading" + missing;
    }

    private static void print(ExplainPlacementResponse explained) {
        if (!explained.getNode().isEmpty()) {
            System.out.println("node: " + Names.last(explained.getNode()));
        }
        if (!explained.getWaitingFor().isEmpty()) {
            System.out.println(
                    "waits for: " + explained.getWaitingFor() + " (position " + explained.getQueuePosition() + ")");
        }
        if (explained.getWaitedCount() > 0) {
            System.out.println("waited: " + String.join(", ", explained.getWaitedList()));
        }
        if (explained.hasPinned()) {
            System.out.println(pinned(explained.getPinned()));
        }
        Listing.printTable(
                List.of("node", "feasible", "score", "reasons"),
                explained.getCandidatesList().stream()
                        .map(candidate -> List.of(
                                Names.last(candidate.getNode()),
                                candidate.getFeasible() ? "yes" : "no",
                                "%.3f".formatted(candidate.getScore()),
                                String.join("; ", candidate.getReasonsList())))
                        .toList());
    }
}
