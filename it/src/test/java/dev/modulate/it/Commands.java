package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.modulate.cli.command.ModulateCommand;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/** The {@code modulate} command, in this process, against a platform. For one thread of the JVM: it reads what is printed. */
final class Commands {
    private final String endpoint;

    /** @param port where the platform answers */
    Commands(int port) {
        this.endpoint = "http://127.0.0.1:" + port;
    }

    /** What it prints; it must succeed. */
    String run(String... arguments) {
        var all = Stream.concat(Arrays.stream(arguments), Stream.of("--endpoint", endpoint))
                .toArray(String[]::new);
        var printed = new ByteArrayOutputStream();
        var before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThat(ModulateCommand.run(all)).as("%s", Arrays.toString(all)).isZero();
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
