package dev.modulate.router.dispatch;

import dev.modulate.invocation.v1.InvocationRecord;
import dev.modulate.observability.link.Backoff;
import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.router.foreign.Deployed.Found;
import dev.modulate.router.foreign.Pins;
import dev.modulate.router.foreign.SdkCall;
import dev.modulate.router.foreign.SdkParts;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.Specs;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of SDK programs name a function and no version. Whoever acquires one first decides which version it runs and keeps
 * that in a child promise, so that whoever acquires it later runs the same.
 */
final class Pinning {
    private static final Logger LOG = LoggerFactory.getLogger(Pinning.class);
    private static final Backoff UNKNOWN_PAUSE = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    /** The view of the registry is a moment behind: a function may just have been deployed. */
    private static final Duration MISSING_PAUSE = Duration.ofMillis(500);

    private final DispatchRules rules;
    private final Runs runs;
    private final Leases leases;
    private final Endings endings;
    private final Timers timers;
    private final Executor owner;
    private final Specs specs;
    private final SdkParts parts;
    private final InstantSource clock;
    private final RandomGenerator random;

    /** How it goes on: with a call that can be placed, with an end for good, or at somebody else's. */
    record Ends(Consumer<Run> pinned, BiConsumer<Run, AttemptFailure> refused, Consumer<Run> notOwner) {}

    /** One call on its way. */
    private record Pin(Run run, Promise promise, SdkCall.Asked asked, Ends ends) {}

    Pinning(
            DispatchRules rules,
            Runs runs,
            Leases leases,
            Endings endings,
            Timers timers,
            Executor owner,
            Specs specs,
            SdkParts parts,
            InstantSource clock,
            RandomGenerator random) {
        this.rules = rules;
        this.runs = runs;
        this.leases = leases;
        this.endings = endings;
        this.timers = timers;
        this.owner = owner;
        this.specs = specs;
        this.parts = parts;
        this.clock = clock;
        this.random = random;
    }

    /** Brings the run, whose lease is ours, to one of the ends. */
    void pin(Run run, Promise promise, Ends ends) {
        runs.move(run, RunState.PINNING);
        endings.arm(run);
        switch (SdkCall.read(promise, parts.tenant())) {
            case SdkCall.Wrong(AttemptFailure failure) -> refuse(run, ends, failure);
            case SdkCall.Asked asked -> {
                var pin = new Pin(run, promise, asked, ends);
                if (run.version == 1) {
                    find(pin, 1, 1);
                } else {
                    readBack(pin);
                }
            }
        }
    }

    private void readBack(Pin pin) {
        String id = Pins.id(pin.run.id, rules.childSeparator());
        leases.askFor(pin.run, new Request.PromiseGet(id), reply -> {
            var kept = reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise child)
                    ? Pins.read(child.promise())
                    : java.util.Optional.<InvocationRecord>empty();
            kept.ifPresentOrElse(record -> pinned(pin, record), () -> find(pin, 1, 1));
        });
    }

    /**
     * Asks what is deployed.
     *
     * @param unknown tries in a row, this one included, in which the registry did not answer
     * @param missing the same for which it had no such function
     */
    private void find(Pin pin, int unknown, int missing) {
        var run = pin.run;
        long version = run.version;
        parts.deployed()
                .find(pin.asked.wanted())
                .thenAccept(found -> owner.execute(() -> {
                    if (run.state == RunState.PINNING && run.version == version) {
                        found(pin, found, unknown, missing);
                    }
                }));
    }

    private void found(Pin pin, Found found, int unknown, int missing) {
        switch (found) {
            case Found.Version(FunctionVersion version) -> keep(pin, Pins.record(pin.promise, pin.asked, version));
            case Found.Unknown() ->
                again(pin, UNKNOWN_PAUSE.pause(unknown, random), () -> find(pin, unknown + 1, missing));
            case Found.Missing(String message) -> {
                if (missing == 1) {
                    again(pin, MISSING_PAUSE, () -> find(pin, 1, missing + 1));
                } else {
                    var failure = AttemptFailure.unretryable(AttemptFailure.FUNCTION_NOT_FOUND, message);
                    refuse(pin.run, pin.ends, failure);
                }
            }
        }
    }

    private void again(Pin pin, Duration pause, Runnable find) {
        var run = pin.run;
        long version = run.version;
        timers.after(pause, () -> {
            if (run.state == RunState.PINNING && run.version == version) {
                find.run();
            }
        });
    }

    private void keep(Pin pin, InvocationRecord record) {
        var run = pin.run;
        var create = Pins.create(pin.promise, rules.childSeparator(), record, clock.instant());
        leases.askFor(run, new Request.TaskFence(run.id, run.version, create), reply -> {
            switch (reply) {
                case Reply.Ok<Answer.Fenced>(int status, Answer.Fenced fenced) -> {
                    parts.meters().pinned();
                    pinned(pin, kept(fenced.action(), record));
                }
                case Reply.Refused<Answer.Fenced>(int status, String message) -> {
                    if (status == 409 || status == 404) {
                        pin.ends.notOwner.accept(run);
                    } else {
                        LOG.atWarn()
                                .addKeyValue("task_id", run.id)
                                .addKeyValue("status", status)
                                .addKeyValue("message", message)
                                .log("the version is not kept; another attempt may run a newer one");
                        pinned(pin, record);
                    }
                }
            }
        });
    }

    /** What is stored wins: somebody may have pinned it before, and its answer was lost. */
    private static InvocationRecord kept(Reply<Answer.OfPromise> action, InvocationRecord ours) {
        return action instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise child)
                ? Pins.read(child.promise()).orElse(ours)
                : ours;
    }

    private void pinned(Pin pin, InvocationRecord record) {
        var objection = Pins.objection(record);
        if (objection.isPresent()) {
            refuse(pin.run, pin.ends, objection.get());
            return;
        }
        pin.run.call = Pins.call(record, pin.asked.input(), specs);
        pin.ends.pinned.accept(pin.run);
    }

    private void refuse(Run run, Ends ends, AttemptFailure failure) {
        parts.meters().rejected(failure);
        ends.refused.accept(run, failure);
    }
}
