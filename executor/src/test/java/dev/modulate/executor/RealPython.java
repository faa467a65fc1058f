package dev.modulate.executor;

import java.io.IOException;
import org.junit.jupiter.api.Assumptions;

/** Tests of processes need an interpreter; without one they are skipped and say so. */
public final class RealPython {
    private RealPython() {}

    public static void required() {
        Assumptions.assumeTrue(present(), "no python3 on the PATH: tests with real function processes are skipped");
    }

    private static boolean present() {
        try {
            return new ProcessBuilder("python3", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
