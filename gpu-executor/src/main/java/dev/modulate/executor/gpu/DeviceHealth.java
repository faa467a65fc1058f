package dev.modulate.executor.gpu;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a board may be used, and the way back into service. No clock and no IO: times come in as nanoseconds. Owned by
 * the poller.
 *
 * <pre>
 * in service --error event, new memory error, memory not given back--> out of service
 * out of service --passes a test, after 60 s, 5 min, then every 30 min--> in service
 * out of service while the driver wants a reset, none was seen since an error that asks for one, or spare memory rows are
 * used up: no test helps
 * </pre>
 *
 * A reset is seen by the driver no longer asking for one, or by its count of memory errors beginning anew. Drivers that show
 * neither need an operator, who says so by a restart of the executor.
 *
 * <p>A device that throttles stays in service: its learned times grow, and the router sees those.
 */
final class DeviceHealth {
    /** Pauses before the first, second and every later test. */
    static final List<Duration> TEST_PAUSES =
            List.of(Duration.ofSeconds(60), Duration.ofMinutes(5), Duration.ofMinutes(30));

    private static final String UNTESTED = "not tested since its reset";

    private DeviceFacts facts = DeviceFacts.FINE;
    private long errorsForgiven;
    private @Nullable Trouble trouble;

    /** The last error that only a reset mends; null when there was none, or a reset was seen since. */
    private @Nullable Xid unreset;

    private record Trouble(String reason, long testAtNanos, int tests, boolean testRuns) {
        Trouble testing() {
            return new Trouble(reason, testAtNanos, tests, true);
        }

        Trouble failed(String words, long nowNanos) {
            int next = tests + 1;
            return new Trouble(words, nowNanos + pause(next), next, false);
        }
    }

    private static long pause(int tests) {
        return TEST_PAUSES.get(Math.min(tests, TEST_PAUSES.size() - 1)).toNanos();
    }

    DeviceFacts facts() {
        return facts;
    }

    /** The newest facts of the driver. */
    void measured(DeviceFacts now, long nowNanos) {
        boolean resetDone = facts.recovery().outOfService() && !now.recovery().outOfService();
        boolean countsAnew = now.uncorrectedErrors() < facts.uncorrectedErrors();
        if (countsAnew) {
            errorsForgiven = 0; // The driver was loaded anew.
        }
        facts = now;
        if (unreset != null && (resetDone || countsAnew)) {
            unreset = null;
            trouble = new Trouble(UNTESTED, nowNanos + pause(0), 0, false);
        }
        if (now.uncorrectedErrors() > errorsForgiven) {
            outOfService("uncorrected memory errors since the driver was loaded: " + now.uncorrectedErrors(), nowNanos);
        } else if (resetDone) {
            outOfService(UNTESTED, nowNanos);
        }
    }

    /** @return whether it takes the device out of service */
    boolean event(Xid xid, long nowNanos) {
        if (xid.remedy() == Xid.Remedy.RESET) {
            unreset = xid;
        }
        if (xid.remedy().outOfService()) {
            outOfService(xid.toString(), nowNanos);
        }
        return xid.remedy().outOfService();
    }

    /** Memory of a process that has ended is still in use. */
    void keepsMemory(String words, long nowNanos) {
        outOfService(words, nowNanos);
    }

    /** The first trouble stays the reason until a test has passed. */
    private void outOfService(String reason, long nowNanos) {
        if (trouble == null) {
            trouble = new Trouble(reason, nowNanos + pause(0), 0, false);
        }
    }

    /** Why nothing may start there; empty when all is well. */
    String reason() {
        if (facts.remapFailed()) {
            return "the board has no spare memory rows left and has to be replaced";
        }
        if (facts.recovery().outOfService()) {
            return facts.recovery().words();
        }
        if (unreset != null) {
            return unreset + ": reset the GPU; if it stays out of service after that, restart the executor";
        }
        return trouble == null ? "" : trouble.reason();
    }

    /** Whether to test now. Says yes once; {@link #tested} must follow. */
    boolean startsTest(long nowNanos) {
        if (trouble == null
                || trouble.testRuns()
                || facts.remapFailed()
                || facts.recovery().outOfService()
                || unreset != null
                || nowNanos - trouble.testAtNanos() < 0) {
            return false;
        }
        trouble = trouble.testing();
        return true;
    }

    /** @param problem what the test found; empty when the device passed */
    void tested(String problem, long nowNanos) {
        if (trouble == null) {
            return;
        }
        if (problem.isEmpty()) {
            trouble = null;
            errorsForgiven = facts.uncorrectedErrors();
        } else {
            trouble = trouble.failed(problem, nowNanos);
        }
    }
}
