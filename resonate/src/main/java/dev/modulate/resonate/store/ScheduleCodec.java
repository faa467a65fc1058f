package dev.modulate.resonate.store;

import dev.modulate.resonate.protocol.Schedule;

/** Schedules as bytes: a format byte and the fields in order. */
public final class ScheduleCodec {
    private static final int FORMAT = 1;

    private ScheduleCodec() {}

    public static byte[] bytes(Schedule schedule) {
        var out = new RecordWriter();
        out.number(FORMAT);
        out.text(schedule.cron());
        out.text(schedule.promiseId());
        out.number(schedule.promiseTimeoutMillis());
        RecordCodec.value(out, schedule.promiseParam());
        RecordCodec.map(out, schedule.promiseTags());
        out.number(schedule.createdAtMillis());
        out.number(schedule.nextRunAtMillis());
        out.number(schedule.lastRunAtMillis() == null ? 0 : schedule.lastRunAtMillis() + 1);
        return out.bytes();
    }

    /** Throws {@link StoreException} when the bytes are broken. */
    public static Schedule schedule(String id, byte[] bytes) {
        var in = new RecordReader("schedule " + id, bytes);
        in.format(FORMAT);
        String cron = in.present();
        String promiseId = in.present();
        long timeout = in.number();
        var param = RecordCodec.value(in);
        var tags = RecordCodec.map(in);
        long createdAt = in.number();
        long nextRunAt = in.number();
        long lastRunAt = in.number();
        return new Schedule(
                id, cron, promiseId, timeout, param, tags, createdAt, nextRunAt, lastRunAt == 0 ? null : lastRunAt - 1);
    }
}
