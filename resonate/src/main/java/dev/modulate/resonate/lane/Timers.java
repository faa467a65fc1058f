package dev.modulate.resonate.lane;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that lets alarms ring when their time has come, and that tries again to recover a lane that is broken. */
final class Timers {
    private static final int ALARMS_AT_A_TIME = 500;

    /** Each makes up for a hundred missed runs at most, by the rules' default. */
    private static final int SCHEDULES_AT_A_TIME = 5;

    private static final long RECOVERY_PAUSE_MILLIS = 1_000;
    private static final long PAUSE_MILLIS_MAX = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Timers.class);

    private final ReentrantLock lock;
    private final Stage stage;
    private final Recovery recovery;
    private final boolean debug;
    private final Thread thread = new Thread(this::run, "resonate-timer");

    /**
     * @param lock the lane's
     * @param debug true when nothing rings by itself
     */
    Timers(ReentrantLock lock, Stage stage, Recovery recovery, boolean debug) {
        this.lock = lock;
        this.stage = stage;
        this.recovery = recovery;
        this.debug = debug;
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (true) {
            lock.lock();
            try {
                if (recovery.state() == LaneState.CLOSED) {
                    return;
                }
                recovery.retry();
                long wait = recovery.state() == LaneState.SERVING ? ringOrPause() : RECOVERY_PAUSE_MILLIS;
                if (wait > 0) {
                    stage.alarm.await(wait, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
        }
    }

    private long ringOrPause() {
        try {
            return ring();
        } catch (RuntimeException | Error e) {
            // Whatever it is: without this thread no lease and no deadline would ever end.
            LOG.atError().setCause(e).log("a timer could not be handled");
            return RECOVERY_PAUSE_MILLIS;
        }
    }

    /** Lets due alarms ring, a bounded number at a time so that callers get in between. Milliseconds to the next. */
    private long ring() {
        if (debug) {
            return PAUSE_MILLIS_MAX;
        }
        long at = stage.time.now(null);
        int rung = 0;
        while (rung < ALARMS_AT_A_TIME && stage.ringPromise(at)) {
            rung++;
        }
        stage.runSchedules(at, SCHEDULES_AT_A_TIME);
        long next = stage.memory.nextMillis();
        return next <= at ? 0 : Math.min(next - at, PAUSE_MILLIS_MAX);
    }

    void join(long millisMax) throws InterruptedException {
        thread.join(millisMax);
    }
}
