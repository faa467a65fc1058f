package dev.modulate.router.dispatch;

import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.TaskState;
import dev.modulate.router.scheduling.Admission;
import dev.modulate.router.wire.Call;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.RouterProto;
import dev.modulate.router.wire.Submission;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls that APIs bring: made durable first, then placed. What is durable already is never refused. */
final class Intake {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final DispatchRules rules;
    private final Runs runs;
    private final Leases leases;
    private final Lifecycle lifecycle;
    private final Endings endings;
    private final Assignments assignments;
    private final Placer placer;
    private final Feasibility feasibility;
    private final Timers timers;
    private final RouterMeters meters;
    private final InstantSource clock;
    private final Map<String, List<Asked>> creating = new HashMap<>();

    private record Asked(ApiStream api, long correlation, Submission submission) {
        Waiter waiter() {
            return new Waiter(api, correlation, submission.push());
        }

        void refuse(Status status) {
            api.send(RouterProto.refused(correlation, submission.id(), status));
        }
    }

    Intake(
            DispatchRules rules,
            Runs runs,
            Leases leases,
            Lifecycle lifecycle,
            Endings endings,
            Assignments assignments,
            Placer placer,
            Feasibility feasibility,
            Timers timers,
            RouterMeters meters,
            InstantSource clock) {
        this.rules = rules;
        this.runs = runs;
        this.leases = leases;
        this.lifecycle = lifecycle;
        this.endings = endings;
        this.assignments = assignments;
        this.placer = placer;
        this.feasibility = feasibility;
        this.timers = timers;
        this.meters = meters;
        this.clock = clock;
    }

    void dispatch(ApiStream api, long correlation, Submission submission) {
        var asked = new Asked(api, correlation, submission);
        var run = runs.find(submission.id());
        if (run != null && run.state == RunState.CREATING) {
            creating.computeIfAbsent(run.id, id -> new ArrayList<>(1)).add(asked);
        } else if (run != null) {
            joinKnown(run, asked);
        } else {
            var refusal = refusal(submission.call());
            if (refusal == null) {
                create(asked);
            } else {
                refuseUnlessDurable(asked, refusal);
            }
        }
    }

    /** Why a new call is not taken; null when it is. */
    private @Nullable Status refusal(Call call) {
        if (runs.waiting() >= rules.queueMax()) {
            return queueFull("router.queue-max: " + rules.queueMax() + " calls wait already", placer.retryAfter());
        }
        String tenant = call.record().getTenant();
        if (placer.admit(call.needs(), tenant) instanceof Admission.Refused(String why, Duration after)) {
            return queueFull(why, after);
        }
        String why = feasibility.refusal(call.needs());
        return why == null ? null : status(Code.FAILED_PRECONDITION, "NO_NODE_FITS", why);
    }

    private void create(Asked asked) {
        var submission = asked.submission();
        var run = lifecycle.begin(submission.id(), RunState.CREATING);
        long timeoutAtMillis = clock.millis() + submission.remaining().toMillis();
        var action = PromiseRecords.create(submission, rules.target(), timeoutAtMillis);
        long sentAt = timers.now();
        leases.ask(
                new Request.TaskCreate(leases.pid(), leases.ttl().toMillis(), action),
                reply -> {
                    run.leaseUntil = sentAt + leases.ttl().toNanos();
                    created(run, asked, reply);
                },
                () -> giveUp(run, asked, unavailable()));
    }

    private void created(Run run, Asked asked, Reply<Answer.Grant> reply) {
        switch (reply) {
            case Reply.Ok<Answer.Grant>(int status, Answer.Grant grant) -> {
                if (grant.task().state() == TaskState.ACQUIRED) {
                    granted(run, asked, grant);
                } else {
                    tellExisting(run, asked, grant.promise());
                }
            }
            case Reply.Refused<Answer.Grant>(int status, String message) -> {
                if (status == 409 || status == 422) {
                    lookUp(run, asked);
                } else {
                    giveUp(run, asked, status(Code.INTERNAL, "RESONATE_REFUSED", status + ": " + message));
                }
            }
        }
    }

    private void granted(Run run, Asked asked, Answer.Grant grant) {
        var promise = grant.promise();
        var submission = asked.submission();
        run.request = PromiseRecords.request(promise);
        run.historyKnown = grant.task().version() == 1;
        run.adopted = !run.historyKnown;
        if (submission.param().equals(promise.param())) {
            run.call = submission.call();
        }
        if (submission.request().equals(run.request)) {
            asked.api().send(RouterProto.accepted(asked.correlation(), run.id, promise.timeoutAtMillis()));
            run.add(asked.waiter());
        } else {
            asked.api().send(RouterProto.existing(asked.correlation(), run.id, run.request, false));
        }
        var others = creating.remove(run.id);
        if (others != null) {
            others.forEach(other -> joinKnown(run, other));
        }
        if (run.cancelled) {
            endings.settled(run);
        } else {
            lifecycle.owned(run, grant.task().version(), promise);
        }
    }

    /** Somebody works on it: this very router, when the reply to its create was lost. */
    private void lookUp(Run run, Asked asked) {
        leases.ask(
                new Request.PromiseGet(run.id),
                promise -> leases.ask(
                        new Request.TaskGet(run.id),
                        task -> lookedUp(run, asked, promise, task),
                        () -> giveUp(run, asked, unavailable())),
                () -> giveUp(run, asked, unavailable()));
    }

    private void lookedUp(Run run, Asked asked, Reply<Answer.OfPromise> promise, Reply<Answer.OfTask> task) {
        if (!(promise instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found))) {
            giveUp(run, asked, status(Code.INTERNAL, "RESONATE_REFUSED", "a promise that exists was not found"));
        } else if (task instanceof Reply.Ok<Answer.OfTask>(int taskStatus, Answer.OfTask of)
                && of.task().state() == TaskState.ACQUIRED
                && leases.pid().equals(of.task().pid())) {
            granted(run, asked, new Answer.Grant(of.task(), found.promise(), List.of()));
        } else {
            tellExisting(run, asked, found.promise());
        }
    }

    private void tellExisting(Run run, Asked asked, Promise promise) {
        String request = PromiseRecords.request(promise);
        boolean settled = promise.state().settled();
        for (var each : everyone(run, asked)) {
            each.api().send(RouterProto.existing(each.correlation(), run.id, request, settled));
        }
        endings.end(run);
    }

    private void giveUp(Run run, Asked asked, Status status) {
        meters.refused("resonate");
        everyone(run, asked).forEach(each -> each.refuse(status));
        endings.end(run);
    }

    private List<Asked> everyone(Run run, Asked first) {
        var all = new ArrayList<Asked>(List.of(first));
        all.addAll(creating.getOrDefault(run.id, List.of()));
        creating.remove(run.id);
        return all;
    }

    private void joinKnown(Run run, Asked asked) {
        if (run.request == null) {
            leases.ask(
                    new Request.PromiseGet(run.id),
                    reply -> {
                        if (reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)) {
                            run.request = PromiseRecords.request(found.promise());
                            joinRead(
                                    run,
                                    asked,
                                    run.request,
                                    found.promise().state().settled());
                        } else {
                            asked.refuse(status(Code.INTERNAL, "RESONATE_REFUSED", "a running call has no promise"));
                        }
                    },
                    () -> asked.refuse(unavailable()));
        } else {
            joinRead(run, asked, run.request, false);
        }
    }

    private void joinRead(Run run, Asked asked, String request, boolean settled) {
        asked.api().send(RouterProto.existing(asked.correlation(), run.id, request, settled));
        if (!settled && request.equals(asked.submission().request())) {
            if (run.state == RunState.DONE) {
                asked.api().send(RouterProto.settled(asked.correlation(), run.id));
            } else {
                assignments.join(run, asked.waiter(), 0);
            }
        }
    }

    private void refuseUnlessDurable(Asked asked, Status refusal) {
        String id = asked.submission().id();
        leases.ask(
                new Request.PromiseGet(id),
                reply -> {
                    if (reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)) {
                        var promise = found.promise();
                        asked.api()
                                .send(RouterProto.existing(
                                        asked.correlation(),
                                        id,
                                        PromiseRecords.request(promise),
                                        promise.state().settled()));
                    } else {
                        meters.refused(refusal.getCode() == Code.RESOURCE_EXHAUSTED_VALUE ? "queue_full" : "no_fit");
                        asked.refuse(refusal);
                    }
                },
                () -> {
                    meters.refused("resonate");
                    asked.refuse(unavailable());
                });
    }

    /** The promise has been settled by the API. */
    void cancel(String id, Duration grace) {
        var run = runs.find(id);
        if (run == null) {
            return;
        }
        if (run.state == RunState.CREATING) {
            run.cancelled = true;
        } else if (run.state.onNode()) {
            assignments.cancel(run, grace);
            endings.tellSettled(run);
        } else {
            endings.settled(run);
        }
    }

    void watch(ApiStream api, long correlation, String id, long offset, long attempt) {
        var run = runs.find(id);
        if (run == null) {
            watchUnknown(api, correlation, id);
            return;
        }
        assignments.join(run, new Waiter(api, correlation, true), attempt == run.version ? offset : 0);
    }

    private void watchUnknown(ApiStream api, long correlation, String id) {
        leases.ask(
                new Request.PromiseGet(id),
                reply -> {
                    boolean settled = reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise found)
                            && found.promise().state().settled();
                    api.send(
                            settled
                                    ? RouterProto.settled(correlation, id)
                                    : RouterProto.refused(
                                            correlation,
                                            id,
                                            status(Code.NOT_FOUND, "NOT_FOUND", id + " is not known to this router")));
                },
                () -> api.send(RouterProto.refused(correlation, id, unavailable())));
    }

    private static Status queueFull(String why, Duration retryAfter) {
        return GrpcErrors.retryLaterStatus(Code.RESOURCE_EXHAUSTED, "QUEUE_FULL", why, retryAfter);
    }

    private static Status unavailable() {
        return GrpcErrors.retryLaterStatus(
                Code.UNAVAILABLE, "RESONATE_UNAVAILABLE", "the store of promises does not answer", RETRY_AFTER);
    }

    private static Status status(Code code, String reason, String message) {
        var status = StatusProto.fromThrowable(GrpcErrors.of(code, reason, message));
        if (status == null) {
            throw new IllegalStateException("a status without details: " + message);
        }
        return status;
    }
}
