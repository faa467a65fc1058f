package dev.modulate.cli.command;

import com.google.protobuf.ByteString;
import dev.modulate.invocation.v1.Failure;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvocationServiceGrpc.InvocationServiceBlockingStub;
import dev.modulate.invocation.v1.OutputChunk;
import dev.modulate.invocation.v1.WatchInvocationRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;

/** Prints how calls end: the output to stdout, everything else to stderr. */
final class Results {
    private Results() {}

    /** Prints the end of an invocation and says what the command ends with. */
    static int print(Invocation invocation) {
        return switch (invocation.getState()) {
            case STATE_SUCCEEDED -> {
                write(System.out, invocation.getOutcome().getOutput().getData(), true);
                yield ExitCode.OK;
            }
            case STATE_FAILED, STATE_CANCELLED, STATE_TIMED_OUT -> {
                explain(invocation);
                yield ExitCode.FAILED;
            }
            default -> {
                System.err.println(state(invocation) + " " + Names.last(invocation.getName()));
                yield ExitCode.OK;
            }
        };
    }

    static String state(Invocation invocation) {
        return invocation.getState().name().replace("STATE_", "");
    }

    private static void explain(Invocation invocation) {
        Failure failure = invocation.getOutcome().getFailure();
        var words = new StringBuilder("modulate: ").append(state(invocation));
        if (!failure.getReason().isEmpty() && !failure.getReason().equals(state(invocation))) {
            words.append(": ").append(failure.getReason());
        }
        if (!failure.getErrorType().isEmpty()) {
            words.append(": ").append(failure.getErrorType());
        }
        if (!failure.getMessage().isEmpty()) {
            words.append(": ").append(failure.getMessage());
        }
        words.append(" (").append(Names.last(invocation.getName()));
        if (invocation.getAttempt() > 1) {
            words.append(", attempt ").append(invocation.getAttempt());
        }
        System.err.println(words.append(')'));
        if (!failure.getTrace().isEmpty()) {
            System.err.println(failure.getTrace().stripTrailing());
        }
    }

    /** Follows an invocation to its end: partial results to stdout, what it prints to stderr. */
    static int follow(InvocationServiceBlockingStub invocations, String name) {
        var events = invocations.watchInvocation(
                WatchInvocationRequest.newBuilder().setName(name).build());
        boolean partial = false;
        Invocation last = Invocation.getDefaultInstance();
        while (events.hasNext()) {
            var event = events.next();
            if (event.hasInvocation()) {
                last = event.getInvocation();
            } else if (event.getOutput().getStream() == OutputChunk.Stream.STREAM_RESULT) {
                partial = true;
                write(System.out, event.getOutput().getData(), false);
            } else {
                write(System.err, event.getOutput().getData(), false);
            }
        }
        if (partial && last.getState() == Invocation.State.STATE_SUCCEEDED) {
            System.out.flush();
            return ExitCode.OK;
        }
        return print(last);
    }

    /** @param line true to end text with a line break that it does not have */
    static void write(PrintStream out, ByteString data, boolean line) {
        try {
            data.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (line && (data.isEmpty() || data.byteAt(data.size() - 1) != '\n')) {
            out.println();
        }
        out.flush();
    }
}
