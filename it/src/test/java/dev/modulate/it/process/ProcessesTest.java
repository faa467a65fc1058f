package dev.modulate.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ProcessesTest {
    @TempDir
    Path folder;

    @Test
    void killsWhatItStartedWhenItIsClosed() {
        RunningProcess sleeper;
        try (var processes = new Processes(folder)) {
            sleeper = processes.start("sleeper", List.of("sleep", "600"), folder, Map.of());
            assertThat(sleeper.alive()).isTrue();
        }
        assertThat(sleeper.alive()).isFalse();
    }

    @Test
    void keepsStandardOutputAndErrorOfEachStartApart() {
        try (var processes = new Processes(folder)) {
            var script = List.of("sh", "-c", "echo \"out $WORD\"; echo \"err $WORD\" >&2; exit 3");
            var first = processes.start("script", script, folder, Map.of("WORD", "one"));
            assertThat(first.await(Duration.ofSeconds(60))).isEqualTo(3);
            var second = processes.start("script", script, folder, Map.of("WORD", "two"));
            assertThat(second.await(Duration.ofSeconds(60))).isEqualTo(3);

            assertThat(second.stderr()).isEqualTo("err two\n");
            assertThat(second.stdout()).isEqualTo("out two\n");
        }
    }

    @Test
    void aFrozenProcessGoesOnWhenItIsThawed() throws IOException {
        try (var processes = new Processes(folder)) {
            var clock = List.of("sh", "-c", "while true; do echo tick; sleep 0.02; done");
            var process = processes.start("clock", clock, folder, Map.of());
            await().until(() -> process.stdout().contains("tick"));

            process.freeze();
            assertThat(stateOf(process)).isEqualTo('T');

            process.thaw();
            int ticks = process.stdout().length();
            await().until(() -> process.stdout().length() > ticks);
        }
    }

    @Test
    void aCutConnectionEndsAndTheNextOneGoesThrough() throws IOException {
        try (var echo = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
                var proxy = new TcpProxy(echo.getLocalPort())) {
            Thread.ofVirtual().start(() -> serveEcho(echo));
            proxy.start();
            try (var cut = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                assertThat(roundTrip(cut, 7)).isEqualTo(7);
                proxy.cut();
                assertThat(ended(cut)).isTrue();
            }
            try (var next = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                assertThat(roundTrip(next, 9)).isEqualTo(9);
            }
            assertThat(proxy.acceptedCount()).isEqualTo(2);
        }
    }

    private static char stateOf(RunningProcess process) throws IOException {
        String stat = java.nio.file.Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    private static int roundTrip(Socket socket, int sent) throws IOException {
        socket.getOutputStream().write(sent);
        return socket.getInputStream().read();
    }

    private static boolean ended(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static void serveEcho(ServerSocket listener) {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException e) {
                        // The other end is gone.
                    }
                });
            } catch (IOException e) {
                return;
            }
        }
    }
}
