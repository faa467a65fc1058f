package dev.modulate.router.dispatch;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.PromiseRecords;
import dev.modulate.router.wire.Reader;
import dev.modulate.router.wire.TaskVersion;
import java.time.InstantSource;
import java.util.HashMap;

/** Attempts that came to nothing, kept as child promises. */
final class History {
    private final Leases leases;
    private final String separator;
    private final InstantSource clock;

    History(Leases leases, String separator, InstantSource clock) {
        this.leases = leases;
        this.separator = separator;
        this.clock = clock;
    }

    /** The write that records one, refused unless the run is ours. */
    Request.TaskFence record(Run run, Run.Ended ended) {
        var child = PromiseRecords.failedAttempt(
                ended.task(), separator, ended.nodeName(), ended.failure(), clock.instant());
        return new Request.TaskFence(run.id, run.version, ofTenant(run, child));
    }

    /** The id of an SDK program's call says nothing of its tenant. */
    private static Request.PromiseCreate ofTenant(Run run, Request.PromiseCreate child) {
        if (run.call == null || run.reader == Reader.API) {
            return child;
        }
        var tags = new HashMap<>(child.tags());
        tags.put(PromiseRecords.TENANT, run.call.record().getTenant());
        return new Request.PromiseCreate(child.id(), child.timeoutAtMillis(), child.param(), tags);
    }

    /** Counts earlier attempts anew. A search would read the whole store, so each is asked for by its id. */
    void read(Run run, Runnable then) {
        run.losses = 0;
        run.functionFailures = 0;
        readFrom(run, 1, then);
    }

    private void readFrom(Run run, long attempt, Runnable then) {
        if (attempt >= run.version) {
            run.historyKnown = true;
            then.run();
            return;
        }
        String childId = PromiseRecords.childId(new TaskVersion(run.id, attempt), separator);
        leases.askFor(run, new Request.PromiseGet(childId), reply -> {
            if (reply instanceof Reply.Ok<Answer.OfPromise>(int status, Answer.OfPromise child)) {
                PromiseRecords.failedAttempt(child.promise()).ifPresent(failure -> count(run, failure));
            }
            readFrom(run, attempt + 1, then);
        });
    }

    private static void count(Run run, AttemptFailure failure) {
        if (failure.lost()) {
            run.losses++;
        } else {
            run.functionFailures++;
            run.functionFailure = failure;
        }
    }
}
