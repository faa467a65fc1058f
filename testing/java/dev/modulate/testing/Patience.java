package dev.modulate.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Every test waits this long for what it awaits, unless it says otherwise: a machine that builds other things too may stop
 * a process for many seconds. JUnit finds this class by itself, in every module that has tests.
 */
public final class Patience implements BeforeAllCallback {
    static final Duration WAIT_MAX = Duration.ofSeconds(60);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(WAIT_MAX);
    }
}
