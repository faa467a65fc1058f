package dev.modulate.resonate.machine;

import dev.modulate.resonate.protocol.Answer;
import dev.modulate.resonate.protocol.Reply;
import dev.modulate.resonate.protocol.Request;
import dev.modulate.resonate.protocol.Schedule;
import dev.modulate.resonate.protocol.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the operations on schedules do, and what a schedule does when its time has come. */
final class Schedules {
    /** All schedules are kept in memory. */
    static final int SCHEDULES_MAX = 100_000;

    private static final int SEARCH_LIMIT_DEFAULT = 10;

    /** Of params. A page may be short: only a missing cursor says that there is no more. */
    private static final long PAGE_CHARS_MAX = 8 << 20;

    private Schedules() {}

    static Reply<Answer.OfSchedule> create(Step step, Request.ScheduleCreate create) {
        var stored = step.schedules().get(create.id());
        if (stored != null) {
            return ok(stored);
        }
        if (step.schedules().size() >= SCHEDULES_MAX) {
            return new Reply.Refused<>(422, "schedules: at most " + SCHEDULES_MAX);
        }
        long first = Cron.parse(create.cron(), step.rules().dialect()).after(step.now());
        if (first == Long.MAX_VALUE) {
            return new Reply.Refused<>(400, "Invalid cron expression: it never fires");
        }
        var schedule = new Schedule(
                create.id(),
                create.cron(),
                create.promiseId(),
                create.promiseTimeoutMillis(),
                create.promiseParam(),
                create.promiseTags(),
                step.now(),
                first,
                null);
        step.put(schedule);
        return ok(schedule);
    }

    static Reply<Answer.OfSchedule> get(Step step, Request.ScheduleGet get) {
        var stored = step.schedules().get(get.id());
        return stored == null ? missing() : ok(stored);
    }

    static Reply<Answer.Done> delete(Step step, Request.ScheduleDelete delete) {
        if (!step.schedules().containsKey(delete.id())) {
            return missing();
        }
        step.deleteSchedule(delete.id());
        return Replies.done();
    }

    static Reply<Answer.Schedules> search(Step step, Request.ScheduleSearch search) {
        int limit = search.limit() == null ? SEARCH_LIMIT_DEFAULT : search.limit();
        var from = search.cursor() == null ? step.schedules() : step.schedules().tailMap(search.cursor(), false);
        List<Schedule> page = new ArrayList<>();
        long chars = 0;
        for (var schedule : from.values()) {
            if (!schedule.promiseTags().entrySet().containsAll(search.tags().entrySet())) {
                continue;
            }
            if (page.size() == limit || chars > PAGE_CHARS_MAX) {
                return new Reply.Ok<>(
                        200, new Answer.Schedules(page, page.getLast().id()));
            }
            page.add(schedule);
            chars += schedule.promiseParam().chars();
        }
        return new Reply.Ok<>(200, new Answer.Schedules(page, null));
    }

    /** Makes up for the runs that are due, a bounded number at a time. */
    static void run(Step step, String id) {
        var schedule = step.schedules().get(id);
        if (schedule == null) {
            return;
        }
        var cron = Cron.parse(schedule.cron(), step.rules().dialect());
        for (int run = 0; run < step.rules().missedRunsMax() && schedule.nextRunAtMillis() <= step.now(); run++) {
            long tick = schedule.nextRunAtMillis();
            create(step, schedule, tick);
            schedule = schedule.ran(tick, cron.after(tick));
            step.put(schedule);
        }
    }

    private static void create(Step step, Schedule schedule, long tick) {
        String id = expand(schedule.promiseId(), schedule.id(), Long.toString(tick));
        if (step.find(id) == null) {
            long timeoutAt = Step.plus(tick, schedule.promiseTimeoutMillis());
            step.create(new Entry.Origin(id, schedule.promiseParam(), tags(schedule, id), timeoutAt, tick), null);
        }
    }

    static String expand(String template, String id, String timestamp) {
        return template.replace("{{.id}}", id).replace("{{.timestamp}}", timestamp);
    }

    /** Each promise is the root of a tree of its own. */
    private static Map<String, String> tags(Schedule schedule, String promiseId) {
        var tags = new HashMap<>(schedule.promiseTags());
        tags.put(Tags.SCHEDULE, schedule.id());
        tags.put(Tags.ORIGIN, promiseId);
        tags.put(Tags.BRANCH, promiseId);
        tags.put(Tags.PARENT, promiseId);
        tags.put(Tags.PREFIX, promiseId);
        return tags;
    }

    private static Reply<Answer.OfSchedule> ok(Schedule schedule) {
        return new Reply.Ok<>(200, new Answer.OfSchedule(schedule));
    }

    private static <A> Reply<A> missing() {
        return new Reply.Refused<>(404, "Schedule not found");
    }
}
